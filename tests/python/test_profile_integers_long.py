"""Large tensors of 32- and 64-bit integers: exact counts and sums beyond 2^53, samples, and exact results."""

import pytest

from profile_run import METHODS, check_file
from samples import EDGE_SIZES, LARGE_SIZES, bits, constant, descending, extremes, gaussian, offset, samples_of
from statistics_agreement import Options

DTYPES = ["I32", "U32", "I64", "U64"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_large_tensors(run, tmp_path, dtype):
    tensors = samples_of(dtype, EDGE_SIZES, [gaussian, bits, constant, extremes])
    tensors += samples_of(dtype, LARGE_SIZES[1:2], [descending, offset])
    check_file(run, tmp_path, tensors, *METHODS, skew=1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_intervals_at_the_ends_of_the_range(run, tmp_path, dtype):
    """A bound is the double nearest to what was typed, and compares as the real number it is."""
    ends = [-(2.0**63), -(2.0**31), -1.5, 0.0, 0.5, 2.0**31 - 1, 2.0**31, 2.0**32, 2.0**53, 2.0**63, 2.0**64]
    intervals = [(low, high) for low in ends for high in ends if low <= high]
    check_file(run, tmp_path, samples_of(dtype, [4097, 65_537], [extremes, gaussian]), Options(intervals=intervals))
