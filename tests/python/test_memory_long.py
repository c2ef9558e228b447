"""The promise of bounded memory, on peak resident memory with mapped pages counted; and how long things take.

profile: 64 MiB + 24 MiB a thread + 16 KiB a tensor + 8 × the headers (exact: 64 MiB more);
inspect: 16 MiB + 8 × the headers. Times are CPU times, which a busy machine stretches little.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from checkpoint_file import BITS, flat_tensor, write_checkpoint, write_sparse
from samples import bits, gaussian, sample

KIB, MIB = 1 << 10, 1 << 20


@pytest.fixture(scope="module")
def measure(program):
    """Runs the program: measure("profile", path) gives its peak memory and CPU time."""

    def run_measured(*arguments, status=0):
        runner = [sys.executable, "-SE", Path(__file__).with_name("measured_run.py"), program]
        result = subprocess.run([*map(str, runner), *map(str, arguments)], capture_output=True, check=True)
        used = json.loads(result.stdout)
        assert used["status"] == status, result.stderr.decode()
        return used

    return run_measured


def header_bytes(*paths):
    total = 0
    for path in paths:
        with open(path, "rb") as file:
            total += 8 + int.from_bytes(file.read(8), "little")
    return total


def profile_promise(threads, tensors, header, exact=False):
    return (64 + 24 * threads + 64 * exact) * MIB + 16 * KIB * tensors + 8 * header


@pytest.fixture(scope="module")
def vast_checkpoint(tmp_path_factory):
    """64 GiB, 32 of them one tensor; removed at the end."""
    path = tmp_path_factory.mktemp("vast") / "model.safetensors"
    yield write_sparse(path, [("f32", "F32", (2**33,)), ("f64", "F64", (2**31,)), ("bf16", "BF16", (2**33,))])
    path.unlink()


@pytest.mark.parametrize("threads", [1, 8])
def test_profile_of_64_gib(measure, vast_checkpoint, threads):
    assert os.path.getsize(vast_checkpoint) > 2**36
    used = measure("profile", vast_checkpoint, "--json", "--threads", threads)
    assert used["peak_bytes"] <= profile_promise(threads, 3, header_bytes(vast_checkpoint))


@pytest.fixture(scope="module")
def dense_checkpoint(tmp_path_factory):
    """Large tensors of every width whose values are all different: no shortcut helps."""
    random = np.random.default_rng(3)
    tensors = [sample(f"weights.{i}", "F32", 2**20 + i, gaussian) for i in range(12)]
    for dtype in ("F32", "F64", "C64", "I64", "U32", "BF16", "F8_E4M3"):
        tensors.append(flat_tensor(f"bits.{dtype}", dtype, bits(dtype, 2 * MIB, random)))
    path = tmp_path_factory.mktemp("dense") / "model.safetensors"
    yield write_checkpoint(path, tensors), len(tensors)
    path.unlink()


@pytest.mark.parametrize("io", ["mmap", "pread"])
@pytest.mark.parametrize("method", ["auto", "reservoir", "exact"])
@pytest.mark.parametrize("threads", [1, 8])
def test_profile_of_dense_tensors(measure, dense_checkpoint, threads, method, io):
    path, tensors = dense_checkpoint
    used = measure("profile", path, "--json", "--threads", threads, "--quantile-method", method, "--io", io)
    assert used["peak_bytes"] <= profile_promise(threads, tensors, header_bytes(path), method == "exact")


def test_exact_profile_of_a_vast_tensor(measure, tmp_path):
    path = write_sparse(tmp_path / "model.safetensors", [("f64", "F64", (2**29,)), ("bf16", "BF16", (2**30,))])
    used = measure("profile", path, "--json", "--threads", 2, "--exact")
    assert used["peak_bytes"] <= profile_promise(2, 2, header_bytes(path), exact=True)


@pytest.mark.parametrize("threads", [1, 8])
def test_profile_of_100_000_small_tensors(measure, tmp_path, threads):
    random = np.random.default_rng(5)
    dtypes = ["F32", "F16", "BF16", "F64", "I64", "F8_E5M2"]
    tensors = [flat_tensor(f"model.layers.{i}.norm", dtype, random.bytes(64 * BITS[dtype] // 8))
               for i, dtype in enumerate(dtypes[i % len(dtypes)] for i in range(100_000))]
    path = write_checkpoint(tmp_path / "model.safetensors", tensors)
    used = measure("profile", path, "--json", "--threads", threads)
    assert used["peak_bytes"] <= profile_promise(threads, len(tensors), header_bytes(path))
    assert used["cpu_seconds"] < 60


def compare_promise(threads, tensors, header):
    """Of both checkpoints together: 8 MiB a thread more than profile, for the second window."""
    return profile_promise(threads, tensors, header) + 8 * threads * MIB


@pytest.mark.parametrize("threads", [1, 8])
def test_compare_of_vast_tensors(measure, tmp_path, threads):
    entries = [("f32", "F32", (2**29,)), ("f64", "F64", (2**27,)), ("bf16", "BF16", (2**29,))]
    paths = [write_sparse(tmp_path / name, entries) for name in ("a.safetensors", "b.safetensors")]
    used = measure("compare", *paths, "--json", "--threads", threads)
    assert used["peak_bytes"] <= compare_promise(threads, 6, header_bytes(*paths))


@pytest.mark.parametrize("io", ["mmap", "pread"])
@pytest.mark.parametrize("threads", [1, 8])
def test_compare_of_dense_tensors(measure, dense_checkpoint, threads, io):
    path, tensors = dense_checkpoint
    used = measure("compare", path, path, "--json", "--threads", threads, "--io", io)
    assert used["peak_bytes"] <= compare_promise(threads, 2 * tensors, header_bytes(path, path))


def test_compare_of_renamed_vast_tensors(measure, tmp_path):
    """They are read for their fingerprints, not for their values; F6 tensors are never read for values."""
    paths = [write_sparse(tmp_path / f"{side}.safetensors", [(f"{side}.w", "F32", (2**27,)), ("f6", "F6_E2M3", (2**27,))])
             for side in "ab"]
    used = measure("compare", *paths, "--json", "--threads", 2, status=1)
    assert used["peak_bytes"] <= compare_promise(2, 4, header_bytes(*paths))


@pytest.mark.parametrize("form", ["text", "json"])
def test_inspect_of_a_million_tensors_in_four_shards(measure, tmp_path, form):
    shards = [tmp_path / f"model-{number:05}-of-00004.safetensors" for number in range(1, 5)]
    for number, path in enumerate(shards):
        write_sparse(path, [(f"model.layers.{i}.weight", "BF16", (16, 4)) for i in range(number, 10**6, 4)])
    used = measure("inspect", tmp_path, "--format", form)
    assert used["peak_bytes"] <= 16 * MIB + 8 * header_bytes(*shards)
    assert used["cpu_seconds"] < 3


def test_inspect_of_42_gib(measure, tmp_path):
    """The tensors of t5-11b: 24 blocks of an encoder and of a decoder, 11.3 billion parameters in F32."""
    width, inner, words = 1024, 65_536, 32_128
    attention = [("q", (16_384, width)), ("k", (16_384, width)), ("v", (16_384, width)), ("o", (width, 16_384))]
    entries = [("shared.weight", "F32", (words, width))]
    for stack, attentions in (("encoder", ["SelfAttention"]), ("decoder", ["SelfAttention", "EncDecAttention"])):
        for block in range(24):
            prefix = f"{stack}.block.{block}"
            entries += [(f"{prefix}.{kind}.{name}.weight", "F32", shape) for kind in attentions for name, shape in attention]
            entries += [(f"{prefix}.wi.weight", "F32", (inner, width)), (f"{prefix}.wo.weight", "F32", (width, inner))]
    path = write_sparse(tmp_path / "model.safetensors", entries)
    assert os.path.getsize(path) > 42 * 2**30
    used = measure("inspect", path, "--format", "markdown", "--name", "t5-11b")
    assert used["peak_bytes"] <= 16 * MIB + 8 * header_bytes(path)
    assert used["cpu_seconds"] < 1
