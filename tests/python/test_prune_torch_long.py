"""The elements that go, against torch.nn.utils.prune on more than a thousand tensors: l1_unstructured,
global_unstructured and ln_structured, amounts as shares and as counts."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from checkpoint_file import Tensor, write_checkpoint

AMOUNTS = [0.5, 0.0, 0.1, 0.25, 1 / 3, 0.9, 0.95, 0.99, 1.0, 1, 3]
NUMPY = {"F32": np.float32, "F64": np.float64}


@pytest.fixture
def prune_masks(program):
    return program.with_name("prune_masks")


def random_array(random, dtype, shape):
    """Normal, of few values, or half zero; always finite."""
    kind = random.integers(3)
    array = random.normal(0, 0.05, shape) if kind != 1 else random.integers(-4, 5, shape) / 8
    if kind == 2:
        array = np.where(random.random(shape) < 0.5, 0.0, array)
    return array.astype(NUMPY[dtype])


def random_checkpoint(random, path, tensors):
    """Writes so many matrices and gives them as arrays."""
    dtype = random.choice(list(NUMPY))
    arrays = [random_array(random, dtype, (random.integers(3, 40), random.integers(3, 40))) for _ in range(tensors)]
    write_checkpoint(path, [Tensor(f"layer{i:03}.weight", dtype, array.shape, array.tobytes())
                            for i, array in enumerate(arrays)])
    return arrays


def our_values(prune_masks, path, method, amounts, arrays, tmp_path):
    """By amount, every tensor's values after pruning."""
    out = tmp_path / "ours"
    words = [f"={amount}" if isinstance(amount, int) else repr(amount) for amount in amounts]
    scope = "global" if method == "global" else "tensor"
    verb = method if method in ("rows", "columns") else "magnitude"
    subprocess.run([prune_masks, path, verb, scope, out, *words], check=True, capture_output=True)
    values = np.frombuffer(out.read_bytes(), arrays[0].dtype)
    return values.reshape(len(amounts), -1)


def torch_masks(torch_python, path, jobs, arrays, tmp_path):
    """By job and amount, what torch keeps of all tensors."""
    out = tmp_path / "torch"
    work = {"checkpoint": str(path), "out": str(out), "jobs": jobs}
    script = Path(__file__).with_name("torch_pruning.py")
    subprocess.run([torch_python, script], input=json.dumps(work).encode(), check=True, capture_output=True)
    kept = np.frombuffer(out.read_bytes(), np.uint8).astype(bool)
    masks, begin = [], 0
    elements = sum(array.size for array in arrays)
    for _, amounts in jobs:
        masks.append(kept[begin:begin + len(amounts) * elements].reshape(len(amounts), elements))
        begin += len(amounts) * elements
    return masks


def check_unstructured(groups, before, after, kept):
    """Where a group of magnitudes is cut, both take all below, none above and the same number of equal ones."""
    gone = np.where(before == 0, ~kept, after == 0)
    for group in groups:
        magnitudes, ours, theirs = np.abs(before[group]), gone[group], ~kept[group]
        pruned = np.count_nonzero(theirs)
        if pruned == 0:
            assert not np.any(ours & (magnitudes != 0))
            continue
        threshold = np.sort(magnitudes)[pruned - 1]
        assert np.max(magnitudes[theirs]) == threshold
        assert np.all(ours[magnitudes < threshold])
        assert not np.any(ours[magnitudes > threshold])
        if threshold > 0:
            assert np.count_nonzero(ours) == pruned
            ties = np.flatnonzero(magnitudes == threshold)
            assert np.all(np.diff(ours[ties].astype(int)) <= 0), "ties go in order"


def slices(arrays):
    begin = 0
    for array in arrays:
        yield slice(begin, begin + array.size)
        begin += array.size


@pytest.mark.parametrize("seed", range(25))
def test_same_elements_as_torch(torch_python, prune_masks, tmp_path, seed):
    random = np.random.default_rng(seed)
    path = tmp_path / "model.safetensors"
    arrays = random_checkpoint(random, path, 48)
    before = np.concatenate([array.ravel() for array in arrays])
    methods = ["tensor", "global", "rows", "columns"]
    theirs = torch_masks(torch_python, path, [[method, AMOUNTS] for method in methods], arrays, tmp_path)
    for method, masks in zip(methods, theirs):
        ours = our_values(prune_masks, path, method, AMOUNTS, arrays, tmp_path)
        for after, kept in zip(ours, masks):
            changed = after != before
            assert np.all(after[changed] == 0)
            assert not np.any(np.signbit(after[changed]))
            if method in ("tensor", "global"):
                groups = [slice(None)] if method == "global" else slices(arrays)
                check_unstructured(groups, before, after, kept)
            else:
                check_lines(arrays, method, after, kept)


def check_lines(arrays, method, after, kept):
    """The same number of lines, the same ones wherever norms differ by more than torch's rounding."""
    axis = 1 if method == "rows" else 0
    for array, part in zip(arrays, slices(arrays)):
        norms = np.sqrt(np.sum(np.square(array.astype(np.float64)), axis=axis))
        theirs = ~np.any(kept[part].reshape(array.shape), axis=axis)
        ours = ~np.any(after[part].reshape(array.shape), axis=axis)
        gone = theirs | (norms == 0)
        assert np.count_nonzero(ours) == np.count_nonzero(gone)
        if np.any(theirs):
            cut = np.sort(norms)[np.count_nonzero(theirs) - 1]
            assert np.all(np.abs(norms[ours != gone] - cut) <= 1e-6 * cut)


def test_real_model(torch_python, prune_masks, real_checkpoint, tmp_path):
    """Globally, at the levels of the demo: the same number, threshold and elements."""
    amounts = [0.1, 0.5, 0.9, 0.95, 0.99]
    with safe_open(real_checkpoint, "numpy") as file:
        arrays = [file.get_tensor(name) for name in file.offset_keys()]
    arrays = [array for array in arrays if array.dtype == np.float32]
    before = np.concatenate([array.ravel() for array in arrays])
    (theirs,) = torch_masks(torch_python, real_checkpoint, [["global", amounts]], arrays, tmp_path)
    ours = our_values(prune_masks, real_checkpoint, "global", amounts, arrays, tmp_path)
    for amount, after, kept in zip(amounts, ours, theirs):
        assert np.count_nonzero(after == 0) == np.count_nonzero(~kept | (before == 0)) >= round(amount * before.size)
        check_unstructured([slice(None)], before, after, kept)
