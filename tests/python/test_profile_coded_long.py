"""Tensors of every dtype of at most 16 bits, up to several chunks: everything about them is exact."""

import numpy as np
import pytest

from agreement import EXACT_DTYPES
from checkpoint_file import flat_tensor
from profile_run import check_file
from samples import EDGE_SIZES, LARGE_SIZES, bits, constant, extremes, gaussian, pruned, samples_of
from statistics_agreement import Options


@pytest.mark.parametrize("dtype", sorted(EXACT_DTYPES))
def test_large_tensors(run, tmp_path, dtype):
    tensors = samples_of(dtype, EDGE_SIZES, [gaussian, bits, constant]) + samples_of(dtype, LARGE_SIZES[:2], [pruned])
    tensors += samples_of(dtype, LARGE_SIZES[2:], [gaussian, extremes])
    check_file(run, tmp_path, tensors, skew=3, shuffle=np.random.default_rng(1))


@pytest.mark.parametrize("dtype", ["F16", "I8"])
def test_ranges_and_bins(run, tmp_path, dtype):
    tensors = samples_of(dtype, EDGE_SIZES, [gaussian, extremes])
    check_file(run, tmp_path, tensors, Options(range=(-0.05, 0.01), bins=7, method="reservoir"))


def test_codes_that_occur_once_each(run, tmp_path):
    """A tensor that holds every code of its dtype: no two have the same place in any order."""
    tensors = []
    for dtype in sorted(EXACT_DTYPES):
        wide = dtype in ("F16", "BF16", "I16", "U16")
        data = np.arange(65_536, dtype="<u2").tobytes() if wide else bytes(range(256))
        tensors += [flat_tensor(f"{dtype}.up", dtype, data), flat_tensor(f"{dtype}.twice", dtype, data * 2)]
    check_file(run, tmp_path, tensors, skew=1)
