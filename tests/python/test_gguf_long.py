"""GGUF files at length: a thousand generated ones against the gguf package."""

import pytest

from test_gguf import check_files


@pytest.mark.parametrize("seed", range(100, 110))
def test_a_thousand_files_agree_with_the_package(run, tmp_path, seed):
    check_files(run, tmp_path, seed, 100)
