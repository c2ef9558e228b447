"""A result is a function of the input and the options: never of threads, ways to read or instruction sets."""

import pytest

from checkpoint_file import write_checkpoint, write_sharded
from odd_tensors import odd_tensors
from samples import bits, extremes, gaussian, pruned, sample, samples_of

MACHINES = [["--threads", str(threads), "--io", io] for threads in (1, 2, 3, 8) for io in ("mmap", "pread")]
INSTRUCTION_SETS = ["scalar", "sse2", "avx2", "avx512bw", "neon"]


def many_small(folder):
    tensors = [sample(f"layers.{i}", dtype, 1 + 37 * i % 5000, gaussian)
               for i, dtype in enumerate(["F32", "BF16", "F64", "I32", "F8_E4M3"] * 400)]
    return write_checkpoint(folder / "model.safetensors", tensors, skew=1)


def one_large(folder):
    tensors = [sample("weight", "F32", 9 * 2**20 + 77, gaussian)]
    return write_checkpoint(folder / "model.safetensors", tensors, skew=3)


def mixed(folder):
    tensors = odd_tensors()
    for dtype in ("F32", "F64", "C64", "I64", "BF16", "F4"):
        tensors += samples_of(dtype, [2**20 + 2], [bits, pruned, extremes])
        tensors[-1].name += dtype
        tensors[-2].name += dtype
        tensors[-3].name += dtype
    return write_checkpoint(folder / "model.safetensors", tensors)


def sharded(folder):
    shards = [[sample(f"{dtype}.{i}", dtype, 50_000 * i + 1, gaussian) for i in (3, 1, 2, 0)]
              for dtype in ("F16", "F32", "I32")]
    return write_sharded(folder, shards)


@pytest.fixture(scope="module", params=[many_small, one_large, mixed, sharded], ids=lambda make: make.__name__)
def checkpoint(request, tmp_path_factory):
    return request.param(tmp_path_factory.mktemp(request.param.__name__))


@pytest.mark.parametrize("method", ["auto", "reservoir", "exact"])
def test_threads_and_ways_to_read(run, checkpoint, method):
    outputs = set()
    for machine in MACHINES:
        result = run("profile", checkpoint, "--json", "--quantile-method", method, *machine)
        assert result.returncode == 0 and len(result.stdout) > 10_000, result.stderr
        outputs.add(result.stdout)
    assert len(outputs) == 1


@pytest.mark.parametrize("method", ["auto", "reservoir", "exact"])
def test_instruction_sets(run, checkpoint, method):
    results = [run("profile", checkpoint, "--json", "--quantile-method", method, "--isa", isa) for isa in INSTRUCTION_SETS]
    ran = [result.stdout for result in results if result.returncode == 0]
    assert all(result.returncode in (0, 2) for result in results)
    assert results[0].returncode == 0 and len(ran) >= 2 and len(set(ran)) == 1
