"""Statistics of what blocks are scaled by, against the same numbers as tensors of their own."""

import json

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type

import gguf_file
from checkpoint_file import Tensor, write_checkpoint
from parts import make_parts
from test_gguf import profile
from test_schemas import PROFILE, errors

WIDTHS = {"F16": 2, "F8_E8M0": 1, "F8_E4M3": 1}


def scale_bytes(raw, kind, field):
    """The field's bytes of every block, in order."""
    _, dtype, offset, count = field
    size = gguf_file.SIZES[kind][1]
    return raw.reshape(-1, size)[:, offset : offset + count * WIDTHS[dtype]]


def expected_scales(run, folder, tensors):
    """By tensor, then by field, what a profile says of safetensors that hold these numbers."""
    fields = [(name, field, scale_bytes(tensor.raw, tensor.kind, field)) for name, tensor in tensors.items()
              for field in gguf_file.SCALES[tensor.kind]]
    path = write_checkpoint(folder / "scales.safetensors", [
        Tensor(f"{name}/{field[0]}", field[1], (raw.size // WIDTHS[field[1]],), raw.tobytes())
        for name, field, raw in fields])
    by_name = {tensor["name"]: tensor for tensor in profile(run, path)["tensors"]}
    inventory = ("name", "file", "shape", "squeezed_shape", "form", "role", "elements", "bytes")
    expected = {name: [] for name in tensors}
    for name, (field, dtype, _, count), raw in fields:
        statistics = {key: value for key, value in by_name[f"{name}/{field}"].items() if key not in inventory}
        expected[name].append({"name": field, "dtype": dtype, "blocks": raw.size // WIDTHS[dtype] // count} | statistics)
    return expected


def some_tensors(seed):
    """Of every type: of any bytes, so that scales are NaN and infinite too, and the largest in several chunks."""
    random = np.random.default_rng(seed)
    tensors = {}
    for kind in gguf_file.BLOCKS:
        elements = gguf_file.SIZES[kind][0]
        for shape in ((3, elements), (5, 2, 7 * elements), (0, elements)):
            raw = gguf_file.blocks(random, kind, shape)
            if raw.size and shape[0] == 3:
                raw[0] = 0
            tensors[f"{kind.name}.{len(shape)}.{shape[0]}"] = gguf_file.Tensor(kind, raw, None)
    for kind in (Type.Q4_1, Type.Q5_K, Type.NVFP4):
        tensors[f"{kind.name}.large"] = gguf_file.Tensor(kind, gguf_file.blocks(random, kind, (700, 4096)), None)
    return tensors


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    tensors = some_tensors(3)
    return tensors, gguf_file.save(tmp_path_factory.mktemp("scales") / "m.gguf", tensors)


@pytest.mark.parametrize("kind", gguf_file.BLOCKS, ids=lambda kind: kind.name)
def test_the_fields_are_those_that_the_package_scales_by(kind):
    """Without them all values are zero, whatever else the blocks hold; with any of them changed some are not."""
    elements, size = gguf_file.SIZES[kind]
    raw = gguf_file.blocks(np.random.default_rng(1), kind, (40, elements))
    fields = gguf_file.SCALES[kind]
    for _, dtype, offset, count in fields:
        raw[:, offset : offset + count * WIDTHS[dtype]] = 0
    zero = gguf_file.dequantized(raw, kind)
    assert (np.abs(zero) <= (1e-36 if kind == Type.MXFP4 else 0)).all()
    for _, dtype, offset, count in fields:
        for at in range(offset, offset + count * WIDTHS[dtype]):
            changed = raw.copy()
            changed[:, at] = 0x3C
            assert (gguf_file.dequantized(changed, kind) != zero).any(axis=1).all()


def test_scales_are_measured_as_tensors_are(run, tmp_path, checkpoint):
    tensors, path = checkpoint
    expected = expected_scales(run, tmp_path, tensors)
    for io in ("mmap", "pread"):
        for tensor in profile(run, path, "--io", io)["tensors"]:
            assert tensor["block_scales"] == expected[tensor["name"]], tensor["name"]


def test_options_are_those_of_the_values(run, tmp_path, checkpoint):
    tensors, path = checkpoint
    options = ("--outside", "0:2", "--quantiles", "0.1,0.9", "--bins", "7", "--range", "-1:1")
    document = profile(run, path, *options)
    for tensor in document["tensors"]:
        for scale in tensor["block_scales"]:
            assert [interval["high"] for interval in scale["intervals"]] == [2]
            assert len(scale["histogram"]["counts"]) in (0, 7)


def test_only_blocks_have_scales(run, tmp_path):
    random = np.random.default_rng(2)
    tensors = {"plain": gguf_file.random_plain(random, Type.F16), "packed": gguf_file.random_blocks(random, Type.Q8_0)}
    path = gguf_file.save(tmp_path / "m.gguf", tensors)
    assert [("block_scales" in tensor) for tensor in profile(run, path)["tensors"]] == [False, True]
    inventory = json.loads(run("inspect", "--json", path).stdout)
    assert not any("block_scales" in tensor for tensor in inventory["tensors"])


def test_a_file_without_a_block(run, tmp_path):
    path = gguf_file.save(tmp_path / "m.gguf", {"w": gguf_file.Tensor(Type.Q4_1, np.zeros((0, 20), "u1"), None)})
    scales = profile(run, path)["tensors"][0]["block_scales"]
    assert [(scale["name"], scale["blocks"]) for scale in scales] == [("d", 0), ("m", 0)]


def test_parts_and_threads_lead_to_the_same_bytes(run, tmp_path, checkpoint):
    """Parts cut the large tensors, so that scales are counted in one and joined in another."""
    _, path = checkpoint
    whole = run("profile", "--json", path).stdout
    for threads in ("1", "3"):
        assert run("profile", "--json", "--threads", threads, path).stdout == whole
    for count in (2, 5):
        paths = make_parts(run, path, tmp_path / str(count), count)
        assert run("merge", "--json", *paths).stdout == whole


def test_a_saved_profile_keeps_them(run, tmp_path, checkpoint):
    _, path = checkpoint
    saved = tmp_path / "m.profile.json"
    assert run("profile", path, "-o", saved).returncode == 0
    for form in ("json", "text", "markdown", "csv", "html"):
        assert run("report", saved, "--format", form).stdout == run("profile", path, "--format", form).stdout
    long = run("report", saved, "--format", "csv", "--long").stdout
    assert long == run("profile", path, "--format", "csv", "--long").stdout
    scale = json.loads(saved.read_bytes())["tensors"][-1]["block_scales"][0]
    name = json.loads(saved.read_bytes())["tensors"][-1]["name"]
    rows = dict(line.split(",")[3:] for line in long.decode().splitlines() if f",{name}," in line and "block_scale." in line)
    assert int(rows["block_scale.d.nan"]) == scale["counts"]["nan"]
    assert float(rows["block_scale.d.max"]) == scale["max"]
    fewer = run("report", saved, "--json", "--threshold", "0.1")
    assert {len(s["intervals"]) for t in json.loads(fewer.stdout)["tensors"] for s in t["block_scales"]} == {1}


@pytest.mark.parametrize("change", [
    lambda scales: scales.pop(), lambda scales: scales.append(scales[0]), lambda scales: scales.reverse(),
    lambda scales: scales[0].update(name="m"), lambda scales: scales[0].update(dtype="BF16"),
    lambda scales: scales[0].update(blocks=scales[0]["blocks"] + 1), lambda scales: scales[0].pop("mean"),
    lambda scales: scales[0]["counts"].update(zero=scales[0]["counts"]["zero"] + 1),
    lambda scales: scales[0].update(another=1)])
def test_a_profile_with_other_scales_is_refused(run, tmp_path, change):
    tensors = {"w": gguf_file.random_blocks(np.random.default_rng(4), Type.Q4_K)}
    document = profile(run, gguf_file.save(tmp_path / "m.gguf", tensors))
    saved = tmp_path / "m.profile.json"
    saved.write_text(json.dumps(document))
    assert run("report", saved).returncode == 0
    change(document["tensors"][0]["block_scales"])
    saved.write_text(json.dumps(document))
    result = run("report", saved)
    assert result.returncode == 3 and b"[PROFILE-" in result.stderr


def test_an_older_profile_lacks_them(run, tmp_path):
    tensors = {"w": gguf_file.random_blocks(np.random.default_rng(4), Type.Q4_K)}
    document = profile(run, gguf_file.save(tmp_path / "m.gguf", tensors))
    del document["tensors"][0]["block_scales"]
    saved = tmp_path / "m.profile.json"
    saved.write_text(json.dumps(document))
    assert json.loads(run("report", "--json", saved).stdout) == document


def test_the_schema_knows_them(run, checkpoint):
    _, path = checkpoint
    document = profile(run, path)
    assert errors(PROFILE, document) == []
    document["tensors"][0]["block_scales"][0]["another"] = 1
    assert errors(PROFILE, document)


def test_text_says_of_each_scale_what_all_tensors_have(run, tmp_path):
    """Q8_0: 3 blocks in each of two tensors; one scale is zero, one infinite."""
    def tensor(scales):
        raw = np.zeros((len(scales), 34), "u1")
        raw[:, :2] = np.array(scales, "<f2").view("u1").reshape(-1, 2)
        return gguf_file.Tensor(Type.Q8_0, raw, None)
    path = gguf_file.save(tmp_path / "m.gguf", {"a": tensor([0.5, 0, np.inf]), "b": tensor([-2, 0.25, 1])})
    lines = run("profile", path).stdout.decode().splitlines()
    at = next(i for i, line in enumerate(lines) if "block scale" in line)
    assert lines[at].split() == ["block", "scale", "scales", "zero", "not", "finite", "min", "max", "mean", "std",
                                 "largest", "in"]
    assert lines[at + 1].split()[:8] == ["Q8_0", "d", "6", "1", "1", "-2", "1", "-0.05"]
    assert lines[at + 1].split()[-1] == "b"
