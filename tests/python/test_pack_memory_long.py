"""Writing keeps the promise of bounded memory: 64 MiB + 24 MiB a thread + 16 KiB a tensor + 8 × the headers, on peak
resident memory with mapped pages counted."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from checkpoint_file import flat_tensor, write_checkpoint, write_sparse
from samples import bits, gaussian, sample

KIB, MIB = 1 << 10, 1 << 20
ENCODINGS = ["dense", "zst", "packed"]


@pytest.fixture(scope="module")
def peak(program):
    """Runs the program; the most memory that it had, as a share of what was promised."""

    def run_measured(threads, model, *arguments):
        path, tensors, header = model
        runner = [sys.executable, "-SE", Path(__file__).with_name("measured_run.py"), program]
        result = subprocess.run([*map(str, [*runner, *arguments]), "-q", "--threads", str(threads)], capture_output=True, check=True)
        used = json.loads(result.stdout)
        assert used["status"] == 0, result.stderr.decode()
        return used["peak_bytes"] / ((64 + 24 * threads) * MIB + 16 * KIB * tensors + 8 * header)

    return run_measured


def header_bytes(path):
    with open(path, "rb") as file:
        return 8 + int.from_bytes(file.read(8), "little")


def model_of(path, tensors):
    return path, tensors, header_bytes(path)


@pytest.fixture(scope="module")
def vast(tmp_path_factory):
    """6.5 GiB, 4 of them one tensor; it reads as zeros."""
    path = tmp_path_factory.mktemp("vast") / "model.safetensors"
    write_sparse(path, [("f32", "F32", (2**18, 2**12)), ("bf16", "BF16", (2**18, 2**12)), ("f64", "F64", (2**14, 2**12))])
    yield model_of(path, 3)
    path.unlink()


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    """Large tensors of every width whose values are all different: what they are encoded in is as large as can be."""
    random = np.random.default_rng(3)
    tensors = [sample(f"weights.{i}", "F32", 2**20 + i, gaussian) for i in range(16)]
    for dtype in ("F32", "F64", "C64", "I64", "BF16", "F16", "F8_E4M3"):
        for i in range(4):
            tensors.append(flat_tensor(f"bits.{dtype}.{i}", dtype, bits(dtype, 3 * MIB, random)))
    for tensor in tensors:
        tensor.shape = (1, *tensor.shape) if len(tensor.shape) == 1 else tensor.shape
    path = tmp_path_factory.mktemp("dense") / "model.safetensors"
    write_checkpoint(path, tensors)
    yield model_of(path, len(tensors))
    path.unlink()


@pytest.mark.parametrize("threads", [1, 8])
def test_pack_of_6_gib(peak, vast, tmp_path, threads):
    assert vast[0].stat().st_size > 6 * 2**30
    assert peak(threads, vast, "pack", vast[0], "-o", tmp_path / "packed") <= 1
    assert peak(threads, vast, "verify", tmp_path / "packed") <= 1


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("io", ["mmap", "pread"])
@pytest.mark.parametrize("threads", [1, 8])
def test_pack_and_unpack_of_dense_tensors(peak, dense, tmp_path, threads, io, encoding):
    assert peak(threads, dense, "pack", dense[0], "-o", tmp_path / "packed", "--encoding", encoding, "--io", io) <= 1
    if encoding != "dense":
        assert peak(threads, dense, "unpack", tmp_path / "packed", "-o", tmp_path / "back", "--io", io) <= 1


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("threads", [1, 8])
def test_prune_of_dense_tensors(peak, dense, tmp_path, threads, encoding):
    assert peak(threads, dense, "prune", dense[0], "-o", tmp_path / "out", "--select", "all", "--sparsity", "0.5", "--encoding", encoding) <= 1
