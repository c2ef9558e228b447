"""NumPy's files at length: more than a thousand generated arrays and archives against numpy."""

import numpy as np
import pytest

from test_numpy import check_archives, check_arrays


@pytest.mark.parametrize("seed", range(100, 106))
def test_a_thousand_containers_agree_with_numpy(run, tmp_path, seed):
    check_arrays(run, tmp_path, seed, 100)
    for save in (np.savez, np.savez_compressed):
        check_archives(run, tmp_path, seed, save, 50)
