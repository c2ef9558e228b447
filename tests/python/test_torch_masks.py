"""Weights that torch.nn.utils.prune keeps as X_orig and X_mask are read as the X that a module computes with: against numpy,
bit for bit, through the file that prune writes."""

import json

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import dcp_file
import torch_file
from torch_file import Storage, View, whole

DTYPES = ["<f4", "<f8", "<f2", ml_dtypes.bfloat16]


def weights(random, shape, dtype):
    """Normal numbers, and some of every other kind."""
    numbers = random.normal(0, 1, shape)
    numbers[random.random(shape) < 0.1] *= 1e-6
    flat = numbers.reshape(-1)
    flat[:4] = [np.inf, -np.inf, np.nan, -0.0]
    return numbers.astype(dtype)


def mask(random, shape, dtype):
    return (random.random(shape) < 0.5).astype(dtype)


def turned(array):
    """The same tensor, whose elements lie column by column."""
    columns = np.ascontiguousarray(array.T).reshape(-1)
    return View(Storage(columns), 0, array.shape, (1, array.shape[0]))


def product(original, factors):
    with np.errstate(invalid="ignore", over="ignore"):
        return original * factors.astype(original.dtype)


def same_bits(found, wanted):
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    unsigned = f"u{wanted.itemsize}"
    numbers = ~np.isnan(wanted.astype("<f8"))
    assert (np.isnan(found.astype("<f8")) == ~numbers).all()
    assert (found.view(unsigned)[numbers] == wanted.view(unsigned)[numbers]).all()


def written(run, path, out):
    result = run("prune", "--sparsity", "0", "-o", out, path)
    assert result.returncode == 0, result.stderr
    return load_file(next(out.glob("*.safetensors")))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("container", ["stored", "deflated"])
def test_the_product_is_that_of_numpy(run, tmp_path, dtype, container):
    random = np.random.default_rng(3)
    arrays = {name: (weights(random, (23, 17), dtype), mask(random, (23, 17), dtype)) for name in ("a.weight", "b.weight", "c")}
    arrays["c"] = arrays["c"][0], random.normal(0, 2, (23, 17)).astype(dtype)  # no honest mask, and a factor all the same
    state = {f"{name}_orig": whole(original) for name, (original, _) in arrays.items()}
    state |= {f"{name}_mask": whole(factors) for name, (_, factors) in arrays.items()}
    state["b.weight_orig"], state["b.weight_mask"] = turned(arrays["b.weight"][0]), turned(arrays["b.weight"][1])
    state["bias"] = whole(np.ones(3, "<f4"))
    path = torch_file.save(tmp_path / "m.pt", state, container=container, byteorder="big" if dtype == "<f2" else "little")
    found = written(run, path, tmp_path / "out")
    assert sorted(found) == ["a.weight", "b.weight", "bias", "c"]
    for name, (original, factors) in arrays.items():
        same_bits(found[name], product(original, factors))


@pytest.mark.parametrize("kind", ["|b1", "|u1"])
def test_masks_may_be_truth_values(run, tmp_path, kind):
    random = np.random.default_rng(4)
    original, factors = weights(random, (5, 7), "<f4"), mask(random, (5, 7), kind)
    path = torch_file.save(tmp_path / "m.pt", {"w_orig": whole(original), "w_mask": whole(factors)})
    same_bits(written(run, path, tmp_path / "out")["w"], product(original, factors))


def pruned(folder, elements=12):
    random = np.random.default_rng(5)
    original = random.normal(size=(elements, 8)).astype("<f4")
    state = {"bias": whole(np.ones(3, "<f4")), "weight_orig": whole(original, parameter=True, trainable=False),
             "weight_mask": whole(mask(random, (elements, 8), "<f4"))}
    return torch_file.save(folder / "m.pt", state)


def test_it_is_one_tensor_and_that_is_said(run, tmp_path):
    path = pruned(tmp_path)
    document = json.loads(run("profile", "--json", path).stdout)
    assert [(tensor["name"], tensor["role"]) for tensor in document["tensors"]] == [("bias", "parameter"), ("weight", "parameter")]
    assert document["totals"]["parameters"] == 99
    assert document["totals"]["trainable_parameters"] == 3
    said = {"rule": "masked", "tensor": "weight", "message": "the product of weight_orig and weight_mask, as which it is kept"}
    assert said in document["findings"]
    assert document["problems"] == []
    assert json.loads(run("inspect", "--json", path).stdout)["findings"] == [said]
    assert b"weight: the product of weight_orig and weight_mask, as which it is kept [masked]" in run("inspect", path).stdout
    assert run("profile", "--strict", "-q", path).returncode == 0
    assert run("profile", "-q", "--fail-on", "masked", path).returncode == 1


def test_parts_say_it_too(run, tmp_path):
    path = pruned(tmp_path)
    for i in "01":
        assert run("profile", "--part", f"{i}/2", "-o", tmp_path / f"{i}.part", path).returncode == 0
    merged = run("merge", "--json", tmp_path / "0.part", tmp_path / "1.part")
    assert merged.returncode == 0, merged.stderr
    assert merged.stdout == run("profile", "--json", path).stdout


OTHERS = {
    "another shape": {"w_orig": np.ones((2, 3), "<f4"), "w_mask": np.ones((3, 2), "<f4")},
    "numbers that are not real": {"w_orig": np.ones(3, "<i4"), "w_mask": np.ones(3, "<i4")},
    "a mask of other numbers": {"w_orig": np.ones(3, "<f4"), "w_mask": np.ones(3, "<f8")},
    "the product there too": {"w_orig": np.ones(3, "<f4"), "w_mask": np.ones(3, "<f4"), "w": np.ones(3, "<f4")},
    "no mask": {"w_orig": np.ones(3, "<f4")},
    "a mask alone": {"attention_mask": np.ones(3, "<f4")},
    "no name": {"_orig": np.ones(3, "<f4"), "_mask": np.ones(3, "<f4")},
}


@pytest.mark.parametrize("state", OTHERS.values(), ids=OTHERS)
def test_others_are_what_they_are(run, tmp_path, state):
    path = torch_file.save(tmp_path / "m.pt", {name: whole(array) for name, array in state.items()})
    document = json.loads(run("profile", "--json", path).stdout)
    assert [tensor["name"] for tensor in document["tensors"]] == list(state)
    assert all(finding["rule"] != "masked" for finding in document["findings"])


def test_safetensors_files_are_taken_as_they_are(run, tmp_path):
    """pack gives back their very bytes."""
    save_file({"w_orig": np.ones(3, "<f4"), "w_mask": np.ones(3, "<f4")}, tmp_path / "m.safetensors")
    document = json.loads(run("inspect", "--json", tmp_path / "m.safetensors").stdout)
    assert [tensor["name"] for tensor in document["tensors"]] == ["w_mask", "w_orig"]


def test_pairs_that_are_tied_are_one(run, tmp_path):
    original, factors = whole(np.arange(6, dtype="<f4")), whole(np.ones(6, "<f4"))
    other = whole(np.zeros(6, "<f4"))
    state = {"a_orig": original, "a_mask": factors, "b_orig": original, "b_mask": factors, "c_orig": original, "c_mask": other}
    document = json.loads(run("profile", "--json", torch_file.save(tmp_path / "m.pt", state)).stdout)
    assert [tensor["name"] for tensor in document["tensors"]] == ["a", "b", "c"]
    assert document["tied"] == [["a", "b"]]
    assert [tensor["max"] for tensor in document["tensors"]] == [5, 5, 0]


def test_in_chunks_and_by_several_threads(run, tmp_path):
    """A distributed checkpoint whose weights and masks are cut differently, and a tensor of several chunks of ours."""
    random = np.random.default_rng(6)
    original, factors = weights(random, (1300, 1100), "<f4"), mask(random, (1300, 1100), "<f4")
    path = dcp_file.save(tmp_path / "m", {"w_orig": dcp_file.sharded(original, [[300, 700], []]),
                                          "w_mask": dcp_file.sharded(factors, [[500], [10, 600]])})
    same_bits(written(run, path, tmp_path / "out")["w"], product(original, factors))
    plain = torch_file.save(tmp_path / "m.pt", {"w_orig": turned(original), "w_mask": whole(factors)})
    outputs = {run("profile", "--json", "--name", "m", "--threads", threads, "--io", io, file).stdout.split(b'"tensors":', 1)[1]
               for threads, io, file in (("1", "mmap", plain), ("3", "pread", plain))}
    assert len(outputs) == 1
    assert run("compare", path, plain).returncode == 0
