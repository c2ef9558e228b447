"""The real checkpoint of the demo, pruned at its five levels: what other people's tools make of what is written."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import safetensors
from safetensors.numpy import load_file
SPARSITIES = ["0.1", "0.5", "0.9", "0.95", "0.99"]
ENDINGS = {"dense": "model.safetensors", "zst": "model.safetensors.zst", "packed": "model.packed.safetensors"}


@pytest.fixture(scope="module")
def written(run, real_checkpoint, tmp_path_factory):
    """Every encoding at every level: written(encoding, sparsity) is the file."""
    root = tmp_path_factory.mktemp("pruned")
    levels = [word for sparsity in SPARSITIES for word in ("--sparsity", sparsity)]
    for encoding in ENDINGS:
        result = run("prune", *levels, "--encoding", encoding, real_checkpoint, "-o", root / encoding)
        assert result.returncode == 0, result.stderr
    yield lambda encoding, sparsity: root / encoding / f"sparsity-{sparsity}" / ENDINGS[encoding]
    shutil.rmtree(root)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_matrix(name, array):
    return array.dtype == np.float32 and sum(size > 1 for size in array.shape) > 1 and "embed" not in name


@pytest.mark.parametrize("sparsity", SPARSITIES)
def test_the_official_package_loads_dense(real_checkpoint, written, sparsity):
    """And finds the smallest of all matrices gone, exactly as many as were asked for, and nothing else changed."""
    before, after = load_file(real_checkpoint), load_file(written("dense", sparsity))
    assert list(after) == list(before)
    matrices = [name for name, array in before.items() if is_matrix(name, array)]
    for name in before.keys() - set(matrices):
        assert after[name].tobytes() == before[name].tobytes(), name
    old, new = (np.concatenate([arrays[name].ravel() for name in matrices]) for arrays in (before, after))
    gone = round(float(sparsity) * old.size)
    assert np.count_nonzero(new == 0) == gone
    threshold = np.partition(np.abs(old), gone - 1)[gone - 1]
    kept = new != 0
    assert new[kept].tobytes() == old[kept].tobytes()
    assert np.abs(old[~kept]).max() == threshold <= np.abs(old[kept]).min()


def test_torch_loads_dense_at_every_level(torch_python, written, tmp_path):
    """safetensors.torch into a module with load_state_dict, under a Python that has torch, this one or another."""
    files = [written("dense", sparsity) for sparsity in SPARSITIES]
    packages = Path(safetensors.__file__).parents[1]
    script = Path(__file__).with_name("torch_load.py")
    subprocess.run([torch_python, script, packages, tmp_path / "out", *files], check=True, capture_output=True)
    digests = (tmp_path / "out").read_text().split()
    assert digests == [digest_of(load_file(file)) for file in files]


def digest_of(arrays):
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].shape} ".encode() + arrays[name].tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("sparsity", SPARSITIES)
def test_zstd_and_unpack_give_the_dense_file(run, written, tmp_path, sparsity):
    dense = sha256(written("dense", sparsity))
    if shutil.which("zstd"):
        subprocess.run(["zstd", "-qd", written("zst", sparsity), "-o", tmp_path / "restored"], check=True)
        assert sha256(tmp_path / "restored") == dense
    for encoding in ("zst", "packed"):
        assert run("unpack", written(encoding, sparsity).parent, "-o", tmp_path / encoding).returncode == 0
        assert sha256(tmp_path / encoding / "model.safetensors") == dense
