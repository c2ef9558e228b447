"""Checkpoints as they are met: several dtypes and roles in one, shards, scalars, odd shapes and places."""

import json

import numpy as np
import pytest

from agreement import Reference
from checkpoint_file import BITS, Tensor, listed, write_checkpoint, write_sharded
from odd_tensors import odd_tensors, shaped
from profile_run import METHODS, check, check_file, profile
from samples import EDGE_SIZES, bits, gaussian, patterns_of, pruned, sample, samples_of
from statistics_agreement import Options


@pytest.mark.parametrize("skew", range(8))
def test_odd_tensors(run, tmp_path, skew):
    check_file(run, tmp_path, odd_tensors(), METHODS[skew % 3], skew=skew, shuffle=np.random.default_rng(skew))


def test_six_bit_floats_are_listed_and_left_out(run, tmp_path):
    six = [Tensor(f"six.{dtype}", dtype, (4, 8), bytes(range(24))) for dtype in ("F6_E2M3", "F6_E3M2")]
    check_file(run, tmp_path, [six[0], *odd_tensors(), six[1]], *METHODS)


def test_every_dtype_in_one_file(run, tmp_path):
    tensors = [sample(f"{dtype}.weight", dtype, 3000 + i, gaussian) for i, dtype in enumerate(BITS) if dtype[:2] != "F6"]
    check_file(run, tmp_path, tensors, *METHODS)


@pytest.mark.parametrize("dtypes", [("F32", "BF16"), ("F64", "F32"), ("C64", "I16"), ("F32", "I64"), ("U64", "I64")])
def test_totals_over_two_dtypes(run, tmp_path, dtypes):
    """Buckets of different widths overlap; integers beyond 2^53 stay apart."""
    tensors = [tensor for dtype in dtypes for pattern in (gaussian, pruned)
               for tensor in [sample(f"{dtype}.{pattern.__name__}", dtype, 80_000, pattern)]]
    check_file(run, tmp_path, tensors, *METHODS)


def test_only_buffers_and_nothing_at_all(run, tmp_path):
    check_file(run, tmp_path, [shaped("mask", "BOOL", [9], bits)], *METHODS)
    (tmp_path / "nothing").mkdir()
    check_file(run, tmp_path / "nothing", [], *METHODS)


@pytest.fixture(scope="module")
def shards():
    """Names run against the order of the shards."""
    tensors = samples_of("F32", EDGE_SIZES[2:], patterns_of("F32")) + samples_of("BF16", [100, 3001], patterns_of("BF16"))
    for number, tensor in enumerate(tensors):
        tensor.name = f"layer.{len(tensors) - number}.weight"
    return [tensors[2::3], tensors[0::3], tensors[1::3]]


@pytest.mark.parametrize("place", ["index", "folder", "bare shards"])
def test_sharded(run, tmp_path, shards, place):
    folder = tmp_path / "some-model"
    folder.mkdir()
    index = write_sharded(folder, shards)
    if place == "bare shards":
        index.unlink()
    path = index if place == "index" else folder
    check(run, path, Reference([tensor for tensors in shards for tensor in listed(tensors)]))
    document = profile(run, path)
    names = [f"model-{number:05}-of-00003.safetensors" for number in (1, 2, 3)]
    files = document["checkpoint"]["files"]
    assert [file["name"] for file in files] == names
    assert [file["bytes"] for file in files] == [(folder / name).stat().st_size for name in names]
    holders = {tensor.name: name for name, tensors in zip(names, shards) for tensor in tensors}
    assert {tensor["name"]: tensor["file"] for tensor in document["tensors"]} == holders
    assert document["checkpoint"]["name"] == ("model" if place == "index" else "some-model")


def test_numbers_are_the_shortest_that_read_back(run, tmp_path):
    path = write_checkpoint(tmp_path / "model.safetensors", odd_tensors())
    texts = []
    text = run("profile", path, "--json").stdout
    json.loads(text, parse_float=texts.append, parse_int=texts.append)
    assert len(texts) > 5000
    for number in texts:
        assert len(number) <= len(repr(float(number))) or int(number) == float(number), number


def test_many_intervals_quantiles_and_bins(run, tmp_path):
    asked = Options(
        intervals=[(-0.1, 0.0), (0.1, 0.1), (-5e-324, 5e-324), (-1.7e308, 1.7e308), (0.02, 0.02)],
        quantiles=[i / 997 for i in range(998)], bins=1000,
    )
    check_file(run, tmp_path, samples_of("F16", [70_001], [gaussian, bits]) + samples_of("F32", [70_002], [gaussian]), asked)
