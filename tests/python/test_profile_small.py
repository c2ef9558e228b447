"""Small tensors of every dtype: all sizes around a block, all patterns, all ways to find quantiles."""

import pytest

from decode import VALUE_KINDS
from profile_run import METHODS, check_file
from samples import SMALL_SIZES, patterns_of, samples_of


@pytest.mark.parametrize("dtype", VALUE_KINDS)
def test_small_tensors(run, tmp_path, dtype):
    tensors = samples_of(dtype, SMALL_SIZES, patterns_of(dtype))
    check_file(run, tmp_path, tensors, *METHODS, skew=VALUE_KINDS.index(dtype) % 8)
