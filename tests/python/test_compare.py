"""The verb compare: against numpy on pairs of checkpoints, and what it answers to whoever asks."""

import csv
import io
import json
import struct

import numpy as np
import pytest

from checkpoint_file import Tensor, flat_tensor, write_checkpoint, write_sharded
from decode import decode
from odd_tensors import odd_tensors, shaped
from samples import bits, gaussian, sample
from tiny_checkpoint import write_floats

INSTRUCTION_SETS = ["scalar", "sse2", "avx2", "avx512bw", "neon"]


def floats(name, values, dtype="F32", shape=None):
    values = np.asarray(values, {"F32": "<f4", "F64": "<f8", "F16": "<f2"}[dtype])
    return Tensor(name, dtype, values.shape if shape is None else shape, values.tobytes())


def bf16(name, values):
    codes = (np.asarray(values, "<f4").view("<u4") >> 16).astype("<u2")
    return Tensor(name, "BF16", codes.shape, codes.tobytes())


def model(seed=1):
    """Layers as a small transformer has them: one large, several small, one of nothing."""
    random = np.random.default_rng(seed)
    draw = lambda *shape: (random.standard_normal(shape) * 0.02).astype("<f4")
    return [floats("embed.weight", draw(3000, 400)), floats("layer.0.weight", draw(70, 1000)),
            floats("layer.0.bias", np.zeros(300)), floats("layer.1.weight", draw(70, 1000)),
            floats("layer.1.bias", np.zeros(300)), floats("norm.weight", np.ones(64)),
            floats("nothing", np.zeros((0, 7)))]


def perturbed(tensors, scale=1e-3, seed=9):
    random = np.random.default_rng(seed)
    changed = []
    for tensor in tensors:
        values = np.frombuffer(tensor.data, "<f4")
        noise = (random.standard_normal(values.size) * scale).astype("<f4")
        changed.append(Tensor(tensor.name, "F32", tensor.shape, (values + noise).astype("<f4").tobytes()))
    return changed


@pytest.fixture
def write(tmp_path):
    """write("a", tensors) gives the path of that checkpoint."""
    return lambda name, tensors: write_checkpoint(tmp_path / f"{name}.safetensors", tensors)


@pytest.fixture
def compare(run):
    """compare(a, b, ...) gives the exit status and the JSON document."""

    def compare_them(a, b, *options):
        result = run("compare", "--json", "-q", *options, a, b)
        assert result.returncode in (0, 1), result.stderr
        document = json.loads(result.stdout)
        assert document["schema"] == "weightsieve.comparison/1"
        assert (document["verdict"] == "different") == (result.returncode == 1)
        return result.returncode, document

    return compare_them


def expected(a, b, tolerance=0.0):
    """What numpy says of two arrays of float64."""
    finite = np.isfinite(a) & np.isfinite(b)
    equal = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(np.where(finite, a - b, 0))
    x, y = a[finite], b[finite]
    with np.errstate(all="ignore"):
        norm = np.linalg.norm(x) * np.linalg.norm(y)
        relative = float(np.linalg.norm(x - y) / np.linalg.norm(x)) if np.linalg.norm(x) else None
        cosine = float(x @ y / norm) if norm else None
    return {"values": a.size, "equal": int(equal.sum()), "finite": int(finite.sum()),
            "within": int((equal | (finite & (difference <= tolerance))).sum()),
            "non_finite_changed": int((~finite & ~equal).sum()),
            "max": float(difference.max(initial=0)), "index": int(difference.argmax()) if a.size else 0,
            "l2": float(np.linalg.norm(difference)),
            "relative_l2": relative, "cosine": cosine}


def check(found, a, b, tolerance=0.0):
    want = expected(a, b, tolerance)
    for count in ("values", "equal", "finite", "within", "non_finite_changed"):
        assert found[count] == want[count], count
    if want["max"] == 0:
        assert found["max_difference"] is None and found["relative_l2"] == 0
        return
    assert found["max_difference"]["value"] == want["max"]
    assert found["max_difference"]["index"] == want["index"]
    for figure in ("l2", "relative_l2", "cosine"):
        assert found[figure] == (want[figure] if want[figure] is None else pytest.approx(want[figure], rel=1e-12)), figure


def check_distance(found, a, b):
    """The bounds hold the distance of the empirical distributions."""
    a, b = np.sort(a[np.isfinite(a)]), np.sort(b[np.isfinite(b)])
    at = np.concatenate([a, b])
    shares = [np.searchsorted(side, at, side="right") / side.size for side in (a, b)]
    truth = np.abs(shares[0] - shares[1]).max()
    assert found["low"] - 1e-12 <= truth <= found["high"] + 1e-12
    assert found["low"] <= found["value"] <= found["high"]
    return truth


def test_a_checkpoint_and_itself(compare, write):
    path = write("a", model() + odd_tensors())
    status, document = compare(path, path)
    assert (status, document["verdict"]) == (0, "identical")
    assert document["counts"]["identical"] == document["counts"]["pairs"] == len(document["tensors"])
    assert document["totals"]["parameters"]["max_difference"] is None


@pytest.mark.parametrize("encoding", ["packed", "zst"])
def test_its_packed_self_is_identical(run, compare, write, tmp_path, encoding):
    path = write("model", model())
    assert run("pack", "--encoding", encoding, path, "-o", tmp_path / "packed").returncode == 0
    assert compare(path, tmp_path / "packed")[1]["verdict"] == "identical"


def test_its_pruned_self_lacks_what_went(run, compare, write, tmp_path):
    path = write("model", model())
    assert run("prune", "--sparsity", "0.5", path, "-o", tmp_path / "pruned").returncode == 0
    status, document = compare(path, tmp_path / "pruned")
    tensors = {tensor["name"]: tensor for tensor in document["tensors"]}
    assert status == 1
    assert {name for name, tensor in tensors.items() if tensor["verdict"] == "different"} == {"layer.0.weight", "layer.1.weight"}
    zeros = [tensors[name]["b"]["zero"] - tensors[name]["a"]["zero"] for name in ("layer.0.weight", "layer.1.weight")]
    changed = [tensors[name]["values"] - tensors[name]["equal"] for name in ("layer.0.weight", "layer.1.weight")]
    assert zeros == changed and sum(zeros) == 70_000


def test_a_fine_tuned_copy(compare, write):
    before, after = model(), perturbed(model())
    _, document = compare(write("a", before), write("b", after))
    for tensor, a, b in zip(document["tensors"], before, after, strict=True):
        x, y = (np.frombuffer(side.data, "<f4").astype(float) for side in (a, b))
        check(tensor, x, y)
        if x.size == 0:
            assert (tensor["verdict"], tensor["ks"]) == ("identical", None)
            continue
        truth = check_distance(tensor["ks"], x, y)
        if x.size <= 65_536:
            assert tensor["ks"]["low"] == tensor["ks"]["high"] == pytest.approx(truth, rel=1e-12)
        for shift in tensor["quantiles"]:
            assert shift["shift"] == shift["b"] - shift["a"]
            if x.size <= 65_536:
                assert shift["exact"] and shift["a"] == np.quantile(x, shift["q"])
    whole = [np.concatenate([np.frombuffer(t.data, "<f4") for t in side]).astype(float) for side in (before, after)]
    totals = document["totals"]["parameters"]
    want = expected(*whole)
    assert totals["max_difference"]["value"] == want["max"]
    assert totals["relative_l2"] == pytest.approx(want["relative_l2"], rel=1e-12)
    assert totals["cosine"] == pytest.approx(want["cosine"], rel=1e-12)
    check_distance(totals["ks"], *whole)


def test_values_of_different_dtypes(compare, write):
    values = model()
    wide = {t.name: np.frombuffer(t.data, "<f4").reshape(t.shape) for t in values}
    cast = [bf16(name, array) for name, array in wide.items()]
    a, b = write("a", values), write("b", cast)
    status, document = compare(a, b)
    assert status == 1 and document["counts"]["different"] == len(values)
    for tensor, code in zip(document["tensors"], cast, strict=True):
        x, y = wide[tensor["name"]].astype(float).ravel(), decode("BF16", code.data)
        check(tensor, x, y)
        assert tensor["identical"] is None
    worst = document["totals"]["parameters"]["max_difference"]["value"]
    status, document = compare(a, b, "--tolerance", repr(worst))
    assert (status, document["verdict"]) == (0, "close")
    assert compare(a, b, "--tolerance", repr(worst * 0.99))[0] == 1
    again = write("c", [Tensor(t.name, "F32", t.shape, decode("BF16", t.data).astype("<f4").tobytes()) for t in cast])
    assert compare(b, again)[0] == 1
    assert compare(b, again, "--tolerance", "0")[1]["verdict"] == "equal"


@pytest.mark.parametrize("dtype", ["F32", "F64", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F4", "I8", "U16", "I32", "C64", "BOOL"])
def test_bits_of_every_kind(compare, write, dtype):
    random = np.random.default_rng(7)
    data = bits(dtype, 90_000, random)
    other = bytearray(data)
    for place in random.choice(len(data), len(data) // 3, replace=False):
        other[place] = random.integers(256)
    a, b = flat_tensor("w", dtype, data), flat_tensor("w", dtype, bytes(other))
    x, y = decode(dtype, a.data).astype(float), decode(dtype, b.data).astype(float)
    _, document = compare(write("a", [a]), write("b", [b]), "--tolerance", "0.5")
    found = document["tensors"][0]
    want = expected(x, y, 0.5)
    for count in ("values", "equal", "finite", "within", "non_finite_changed"):
        assert found[count] == want[count], count
    assert found["max_difference"]["value"] == pytest.approx(want["max"])
    if dtype not in ("F64", "C64"):
        assert found["relative_l2"] == pytest.approx(want["relative_l2"], rel=1e-11)
    if found["ks"] is not None and dtype != "C64":
        check_distance(found["ks"], x, y)


def test_nan_and_infinities_have_rules(run, compare, write):
    nan, inf = np.nan, np.inf
    a = write("a", [floats("w", [nan, nan, inf, inf, 1, 2, -0.0])])
    b = write("b", [floats("w", [nan, 1, inf, -inf, nan, 2.5, 0.0])])
    status, document = compare(a, b, "--tolerance", "1")
    found = document["tensors"][0]
    assert status == 1
    assert (found["values"], found["equal"], found["within"], found["finite"]) == (7, 3, 4, 2)
    assert found["non_finite_changed"] == 3
    assert found["max_difference"] == {"value": 0.5, "index": 5, "a": 2.0, "b": 2.5}
    page = run("compare", "--tolerance", "1", a, b).stdout.decode()
    assert "3 pairs with a NaN or an infinity" in page
    only_nan = write("c", [floats("w", [nan, inf])])
    assert compare(only_nan, only_nan)[1]["tensors"][0]["ks"] is None


def test_bits_that_differ_while_values_do_not(run, compare, write):
    a, b = write("a", [floats("w", [0.0, 1])]), write("b", [floats("w", [-0.0, 1])])
    status, document = compare(a, b)
    assert (status, document["verdict"]) == (0, "equal")
    assert document["tensors"][0]["identical"] == 1
    assert "1 value differs in bits alone" in run("compare", a, b).stdout.decode()


def test_integers_beyond_what_doubles_tell_apart(compare, write):
    def wide(values):
        return [Tensor("ids", "I64", (len(values),), np.asarray(values, "<i8").tobytes())]

    a, b = write("a", wide([2**53 + 1, 5])), write("b", wide([2**53, 5]))
    status, document = compare(a, b)
    assert status == 1
    assert document["tensors"][0]["max_difference"]["value"] == 1


def test_a_renamed_copy(run, compare, write):
    before = model()
    after = [Tensor("model." + t.name, t.dtype, t.shape, t.data) for t in before]
    a, b = write("a", before), write("b", after)
    status, document = compare(a, b)
    assert status == 1
    assert [(pair["a"], pair["b"]) for pair in document["renamed"]] == [(t.name, "model." + t.name) for t in before]
    assert document["removed"] == document["added"] == []
    page = run("compare", a, b).stdout.decode()
    assert page.startswith(f"different in names alone: {len(before)} of {len(before)} tensors renamed, every bit is the same\n")
    assert f"\nRenamed\n  * → model.* ×{len(before)}\n" in page
    assert "relative L2" not in page


def test_what_looks_alike_but_is_not_was_not_renamed(compare, write):
    values = np.arange(200_000, dtype="<f4")
    swapped = values.copy()
    swapped[[70_000, 150_000]] = swapped[[150_000, 70_000]]
    _, document = compare(write("a", [floats("old", values)]), write("b", [floats("new", swapped)]))
    assert document["renamed"] == []
    assert [t["name"] for t in document["removed"]] == ["old"] and [t["name"] for t in document["added"]] == ["new"]


def test_added_removed_and_reshaped(compare, write, run):
    before = [floats("kept", np.ones(6)), floats("gone", np.ones(5)), floats("shape", np.ones((2, 3)))]
    after = [floats("kept", np.ones(6)), floats("come", np.zeros(5)), floats("shape", np.ones((3, 2)))]
    a, b = write("a", before), write("b", after)
    _, document = compare(a, b)
    counts = document["counts"]
    assert (counts["pairs"], counts["identical"], counts["different"]) == (2, 1, 1)
    assert (counts["removed"], counts["added"], counts["renamed"]) == (1, 1, 0)
    reshaped = next(t for t in document["tensors"] if t["name"] == "shape")
    assert reshaped["verdict"] == "different" and "values" not in reshaped
    page = run("compare", a, b).stdout.decode()
    for text in ("(2, 3) → (3, 2)", "gone: F32 (5,)", "come: F32 (5,)", "1 of 2 tensors changed, 1 in shape, 1 removed, 1 added"):
        assert text in page
    status, document = compare(a, b, "--include", "kept")
    assert (status, document["counts"]["pairs"]) == (0, 1)
    assert compare(a, b, "--exclude", "shape|gone", "--exclude", "come")[0] == 0


def test_sharded_and_single_file_hold_the_same(compare, write, tmp_path):
    tensors = model()
    folder = tmp_path / "sharded"
    folder.mkdir()
    write_sharded(folder, [tensors[4:], tensors[:4]])
    assert compare(write("whole", tensors), folder)[1]["verdict"] == "identical"


def test_tensors_whose_values_nobody_can_tell(compare, write):
    a, same, other = (flat_tensor("w", "F6_E2M3", data) for data in (b"\1\2\3", b"\1\2\3", b"\1\2\4"))
    path = write("a", [a])
    assert compare(path, write("b", [same]))[1]["verdict"] == "identical"
    status, document = compare(path, write("c", [other]))
    assert status == 1 and document["tensors"][0]["same_bytes"] is False


def test_buffers_count_for_the_verdict_and_not_in_totals(compare, write):
    def with_ids(ids):
        return [floats("w", [1, 2]), Tensor("position_ids", "I64", (3,), np.asarray(ids, "<i8").tobytes())]

    status, document = compare(write("a", with_ids([1, 2, 3])), write("b", with_ids([1, 2, 4])))
    assert status == 1
    assert document["totals"]["parameters"]["values"] == document["totals"]["parameters"]["equal"] == 2
    assert document["totals"]["buffers"]["values"] - document["totals"]["buffers"]["equal"] == 1


def test_the_same_bytes_on_any_machine(run, write):
    tensors = model() + odd_tensors() + [sample("large", "BF16", 3 * 2**20 + 5, gaussian)]
    after = perturbed(tensors[:7]) + [Tensor(t.name, t.dtype, t.shape, t.data[::-1]) for t in tensors[7:]]
    after[-2].name = "renamed"
    a, b = write("a", tensors), write("b", after)
    outputs = set()
    for threads, io_mode in ((1, "mmap"), (2, "pread"), (3, "mmap"), (8, "pread")):
        outputs.add(run("compare", "--json", a, b, "--threads", threads, "--io", io_mode).stdout)
    results = [run("compare", "--json", a, b, "--isa", isa) for isa in INSTRUCTION_SETS]
    assert all(result.returncode in (1, 2) for result in results) and results[0].returncode == 1
    outputs |= {result.stdout for result in results if result.returncode == 1}
    assert len(outputs) == 1 and len(outputs.pop()) > 10_000


@pytest.fixture
def pair(write):
    before = model()
    after = perturbed(before[:4], 1e-2) + before[4:]
    after[1] = before[1]
    return write("a", before), write("b", after)


def test_formats_show_the_same_tensors(run, compare, pair):
    a, b = pair
    _, document = compare(a, b)
    rows = list(csv.DictReader(io.StringIO(run("compare", "--format", "csv", a, b).stdout.decode())))
    assert [row["layer"] for row in rows] == [t["name"] for t in document["tensors"]]
    for row, tensor in zip(rows, document["tensors"], strict=True):
        assert row["status"] == tensor["verdict"]
        assert row["relative_l2"] == ("" if tensor["relative_l2"] is None else repr(tensor["relative_l2"]).removesuffix(".0"))
        assert int(row["equal"]) == tensor["equal"]
    for form in ("text", "markdown"):
        page = run("compare", "--format", form, a, b).stdout.decode()
        assert "different: 3 of 7 tensors changed" in page
        table = page[page.index("hanged\n"):]
        for tensor in document["tensors"]:
            shown = any(line.lstrip("| ").startswith(tensor["name"]) for line in table.splitlines())
            assert shown == (tensor["verdict"] == "different"), tensor["name"]


def test_arranged(run, pair):
    def names(*options):
        text = run("compare", "--format", "csv", *options, *pair).stdout.decode()
        return [row["layer"] for row in csv.DictReader(io.StringIO(text))]

    everything = names()
    assert names("--sort", "name") == sorted(everything)
    assert names("--sort", "name:desc") == sorted(everything, reverse=True)
    assert names("--top", "1") == names("--sort", "relative_l2:desc")[:1]
    assert names("--sort", "elements", "--top", "2")[0] == "embed.weight"


def test_text_fits_its_terminal(run, pair):
    page = run("compare", *pair).stdout.decode().splitlines()
    assert page[0].startswith("different: ")
    assert page[2].startswith("  A  ") and page[3].startswith("  B  ")


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_figures_between_bounds_are_marked(run, pair, tmp_path, form):
    """Quantiles of a large F32 tensor lie between bounds, and the distance of such tensors in two profiles."""
    def rows(a, b):
        lines = run("compare", "--format", form, a, b).stdout.decode().splitlines()
        return [line for line in lines if line.lstrip(" |").startswith(("quantile 0.9", "embed.weight"))]

    placed, exact = rows(*pair), []
    for path in pair:
        exact.append(tmp_path / f"{path.stem}.exact.json")
        assert run("profile", "-q", "--exact", "-o", exact[-1], path).returncode == 0
    assert len(placed) == 4 and all(line.count("≈") == 3 for line in placed if "quantile" in line)
    assert not any("≈" in line for line in rows(*exact) if "quantile" in line)
    assert any("≤" in line for line in rows(*exact) if "embed.weight" in line)


def test_two_saved_profiles(run, compare, pair, tmp_path):
    saved = []
    for path in pair:
        saved.append(tmp_path / f"{path.stem}.json")
        assert run("profile", "-q", "-o", saved[-1], path).returncode == 0
    status, document = compare(*saved)
    assert status == 1 and document["values_compared"] is False
    assert {t["name"] for t in document["tensors"] if t["verdict"] == "different"} == {"embed.weight", "layer.0.bias", "layer.1.weight"}
    assert all("values" not in tensor for tensor in document["tensors"])
    assert compare(saved[0], saved[0])[1]["verdict"] == "alike"
    small = next(t for t in document["tensors"] if t["name"] == "layer.0.bias")
    values = [np.frombuffer(t.data, "<f4").astype(float) for t in (model()[2], (perturbed(model()[:4], 1e-2))[2])]
    check_distance(small["ks"], *values)
    for checkpoint, profile in zip(pair, saved, strict=True):
        assert compare(checkpoint, profile)[1]["verdict"] == "alike"
        assert compare(profile, checkpoint)[1]["verdict"] == "alike"
    assert compare(pair[0], saved[1])[0] == 1
    refused = run("compare", "--tolerance", "1", *saved)
    assert (refused.returncode, refused.stdout) == (2, b"")


def test_what_cannot_be_compared(run, write, tmp_path):
    path = write("a", [floats("w", [1, 2])])
    for arguments in ([path], [path, path, path], ["--tolerance", "-1", path, path], ["--tolerance", "inf", path, path],
                      ["--sort", "colour", path, path], ["--sort", "name:up", path, path], ["--top", "0", path, path]):
        result = run("compare", *arguments)
        assert (result.returncode, result.stdout) == (2, b""), arguments
        assert result.stderr.count(b"\n") == 1
    assert run("compare", path, tmp_path / "none").returncode == 6
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(path.read_bytes()[:-1])
    for pair in ((path, broken), (broken, path)):
        result = run("compare", *pair)
        assert (result.returncode, result.stdout) == (3, b"")
        assert b"ST-TRUNCATED" in result.stderr
    assert run("compare", path, path, "--json", "-o", path).returncode == 7


def test_hostile_names_stay_text(run, write):
    name = "w\n\x1b[31m|<script>`,\"'"
    a, b = write("a", [floats(name, [1, 2])]), write("b", [floats(name, [1, 3])])
    for form in ("text", "markdown", "csv", "json"):
        page = run("compare", "--format", form, a, b).stdout
        assert b"\x1b" not in page
        if form == "markdown":
            assert b"<script>" not in page.replace(b"\\<", b"")


def test_tensors_without_elements_and_files_without_tensors(compare, write):
    empty, none = write("a", [floats("w", np.zeros((0, 3)))]), write("b", [])
    assert compare(empty, empty)[1]["verdict"] == "identical"
    assert compare(none, none)[1]["verdict"] == "identical"
    assert compare(empty, none)[0] == 1
