"""GGUF files against the gguf package: what it writes, read as it reads it."""

import json

import gguf
import numpy as np
import pytest
import safetensors.numpy
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader

import gguf_file
from test_torch import expected, found

PLAIN = [*gguf_file.PLAIN, Type.BF16]
ALL = PLAIN + gguf_file.BLOCKS


def expected_stored(name, tensor):
    """What a profile must say of it."""
    elements, size = gguf.GGML_QUANT_SIZES[tensor.kind]
    row = expected(name, tensor)
    return row | {"dtype": tensor.kind.name, "bytes": row["elements"] // elements * size}


def random_tensor(random, kind):
    return (gguf_file.random_blocks if kind in gguf_file.BLOCKS else gguf_file.random_plain)(random, kind)


def profile(run, path, *options, status=0):
    result = run("profile", "--json", *options, path)
    assert result.returncode == status, result.stderr
    return json.loads(result.stdout)


def check_files(run, folder, seed, count):
    random = np.random.default_rng(seed)
    for i in range(count):
        kinds = [ALL[k] for k in random.integers(len(ALL), size=int(random.integers(1, 7)))]
        tensors = {f"blk.{k}.weight": random_tensor(random, kind) for k, kind in enumerate(kinds)}
        split = 2 if random.random() < 0.2 and len(tensors) > 2 else 0
        # The package leaves the alignment out of all parts but the first.
        alignment = None if split else (None, 64, 8)[random.integers(3)]
        path = gguf_file.save(folder / f"{seed}-{i}.gguf", tensors, alignment, split)
        document = profile(run, path, "--io", ("mmap", "pread")[i % 2])
        assert document["problems"] == []
        assert [found(tensor) for tensor in document["tensors"]] == [
            expected_stored(name, tensor) for name, tensor in tensors.items()]
        if split == 0:
            assert [(t.name, list(reversed(t.shape.tolist()))) for t in GGUFReader(path).tensors] == [
                (t["name"], t["shape"]) for t in document["tensors"]]


@pytest.mark.parametrize("seed", range(2))
def test_generated_files_agree_with_the_package(run, tmp_path, seed):
    check_files(run, tmp_path, seed, 60)


def bits_of(numbers):
    """All NaN are one: how its bits come out is the machine's affair."""
    return np.where(np.isnan(numbers), np.uint32(0x7FC00000), np.ascontiguousarray(numbers).view("u4"))


@pytest.mark.parametrize("kind", gguf_file.BLOCKS, ids=lambda kind: kind.name)
def test_blocks_are_unpacked_bit_for_bit(run, tmp_path, kind):
    """G45: of any bytes, scales that are infinite or NaN among them. The rows end inside chunks of 2^20."""
    raw = gguf_file.blocks(np.random.default_rng(kind), kind, (1100, 1024))
    path = gguf_file.save(tmp_path / "m.gguf", {"w": gguf_file.Tensor(kind, raw, None)})
    for io in ("mmap", "pread"):
        out = tmp_path / io
        assert run("pack", "--encoding", "dense", "--io", io, path, "-o", out).returncode == 0
        written = safetensors.numpy.load_file(out / "m.safetensors")["w"]
        assert written.dtype == np.float32 and written.shape == (1100, 1024)
        assert (bits_of(written) == bits_of(gguf_file.dequantized(raw, kind))).all()


@pytest.mark.parametrize("kind", gguf_file.LISTED, ids=lambda kind: kind.name)
def test_what_is_not_unpacked_is_listed(run, tmp_path, kind):
    random = np.random.default_rng(7)
    tensors = {"listed": gguf_file.Tensor(kind, gguf_file.blocks(random, kind, (3, 512)), None),
               "w": gguf_file.random_plain(random, Type.F32)}
    document = profile(run, gguf_file.save(tmp_path / "m.gguf", tensors), status=4)
    assert [tensor["name"] for tensor in document["tensors"]] == ["w"]
    assert document["skipped"] == [
        {"name": "listed", "reason": f"its type {kind.name} is not read; its shape is (3, 512)"}]


def test_blocks_keep_their_name_and_bytes(run, tmp_path):
    """In totals, in a saved profile, and where it is compared with what its values are."""
    random = np.random.default_rng(8)
    tensors = {kind.name: random_tensor(random, kind) for kind in (Type.Q4_K, Type.F32, Type.Q8_0)}
    path = gguf_file.save(tmp_path / "m.gguf", tensors)
    saved = tmp_path / "m.profile.json"
    assert run("profile", path, "-o", saved).returncode == 0
    totals = json.loads(saved.read_bytes())["totals"]
    rows = {name: expected_stored(name, tensor) for name, tensor in tensors.items()}
    assert {row["dtype"]: (row["elements"], row["bytes"]) for row in totals["by_dtype"]} == {
        name: (row["elements"], row["bytes"]) for name, row in rows.items()}
    assert totals["bytes"] == sum(row["bytes"] for row in rows.values())
    for form in ("json", "text", "markdown", "csv"):
        assert run("report", saved, "--format", form).stdout == run("profile", path, "--format", form).stdout
    assert run("prune", "--sparsity", "0", path, "-o", tmp_path / "out").returncode == 0
    differs = run("compare", "--json", path, tmp_path / "out")
    assert differs.returncode == 1
    assert run("compare", "--tolerance", "0", path, tmp_path / "out").returncode == 0


def test_threads_do_not_change_the_profile_of_blocks(run, tmp_path):
    random = np.random.default_rng(9)
    tensors = {kind.name: gguf_file.random_blocks(random, kind) for kind in gguf_file.BLOCKS}
    raw = gguf_file.blocks(random, Type.Q4_K, (700, 4096))
    tensors["large"] = gguf_file.Tensor(Type.Q4_K, raw, None)
    path = gguf_file.save(tmp_path / "m.gguf", tensors)
    outputs = {run("profile", "--json", "--threads", threads, "--io", io, path).stdout
               for threads in ("1", "2", "5") for io in ("mmap", "pread")}
    assert len(outputs) == 1 and len(outputs.pop()) > 1000


def test_parts_are_one_checkpoint(run, tmp_path):
    random = np.random.default_rng(4)
    tensors = {f"blk.{k}.weight": gguf_file.random_plain(random, Type.F32) for k in range(5)}
    first = gguf_file.save(tmp_path / "m.gguf", tensors, split=2)
    assert first.name == "m-00001-of-00003.gguf"
    whole, folder = profile(run, first), profile(run, tmp_path)
    assert whole["checkpoint"]["name"] == "m"
    assert whole["checkpoint"]["files"] == folder["checkpoint"]["files"]
    assert whole["tensors"] == folder["tensors"]
    assert [tensor["name"] for tensor in whole["tensors"]] == list(tensors)
    (tmp_path / "m-00002-of-00003.gguf").unlink()
    result = run("inspect", first)
    assert result.returncode == 3 and b"[SHARD-MISSING]" in result.stderr


def test_prune_and_pack_write_safetensors(run, tmp_path):
    random = np.random.default_rng(5)
    tensors = {f"blk.{k}.weight": gguf_file.random_plain(random, kind) for k, kind in enumerate(PLAIN)}
    path = gguf_file.save(tmp_path / "model.gguf", tensors)
    for verb, options in (("prune", ["--sparsity", "0"]), ("pack", [])):
        out = tmp_path / verb
        assert run(verb, *options, path, "-o", out).returncode == 0
        assert [found(tensor) for tensor in profile(run, out)["tensors"]] == [
            expected_stored(name, tensor) for name, tensor in tensors.items()]
        assert run("verify", out).returncode == 0
