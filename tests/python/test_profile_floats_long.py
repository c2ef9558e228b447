"""Large F32, F64 and C64 tensors: sketches whose bounds hold for certain, samples, and exact results."""

import pytest

from profile_run import METHODS, check_file
from samples import (
    CHUNK_SIZES, EDGE_SIZES, LARGE_SIZES, bits, constant, extremes, gaussian, huge, not_numbers, offset, pruned, samples_of, tiny,
    two_valued,
)
from statistics_agreement import Options


@pytest.mark.parametrize("dtype", ["F32", "F64"])
def test_around_the_limit_of_small_tensors(run, tmp_path, dtype):
    patterns = [gaussian, bits, constant, two_valued, pruned, offset, extremes, not_numbers, huge, tiny]
    check_file(run, tmp_path, samples_of(dtype, EDGE_SIZES, patterns), *METHODS, skew=7)


@pytest.mark.parametrize("pattern", [gaussian, bits, constant, two_valued, pruned, offset, extremes, not_numbers, huge,
                                     tiny])
def test_around_the_limit_of_one_chunk(run, tmp_path, pattern):
    check_file(run, tmp_path, samples_of("F32", CHUNK_SIZES, [pattern]), *METHODS, skew=3)


@pytest.mark.parametrize("dtype", ["F32", "F64", "C64"])
def test_several_chunks(run, tmp_path, dtype):
    tensors = samples_of(dtype, LARGE_SIZES[:1], [gaussian, bits]) + samples_of(dtype, LARGE_SIZES[1:2], [offset])
    tensors += samples_of(dtype, LARGE_SIZES[2:] if dtype == "F32" else LARGE_SIZES[1:2], [pruned])
    check_file(run, tmp_path, tensors, *METHODS, skew=5)


def test_ranges_bins_quantiles_and_intervals(run, tmp_path):
    asked = dict(
        bins=17, range=(-0.03, 0.031), quantiles=[0.0, 0.1, 1 / 3, 0.5, 0.9999, 1.0],
        intervals=[(-0.1, 0.0), (0.1, 0.1), (-1e-45, 1e-45), (0.02, 0.020000001), (-1e300, 1e300)],
    )
    tensors = samples_of("F32", LARGE_SIZES[1:2], [gaussian, extremes])
    check_file(run, tmp_path, tensors, *(Options(method=options.method, **asked) for options in METHODS))


def test_sample_sizes(run, tmp_path):
    """A sample that holds every value is exact."""
    choices = [Options(method=method, sample=sample)
               for method in ("reservoir", "auto") for sample in (100, 70_000, 1_100_000)]
    check_file(run, tmp_path, samples_of("F32", [65_537, 1_048_577], [gaussian]), *choices)
