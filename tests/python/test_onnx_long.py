"""ONNX models at length: more than a thousand generated ones against the onnx package."""

import pytest

from test_onnx import check_models


@pytest.mark.parametrize("seed", range(100, 106))
def test_a_thousand_models_agree_with_the_package(run, tmp_path, seed):
    check_models(run, tmp_path, seed, 170)
