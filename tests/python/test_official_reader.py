"""The files of these tests are what the official safetensors library takes them for, value for value."""

import numpy as np
import pytest
from safetensors import safe_open

from checkpoint_file import write_checkpoint
from decode import STORED, decode
from samples import SMALL_SIZES, patterns_of, samples_of


@pytest.mark.parametrize("dtype", [*STORED, "F16", "BOOL"])
def test_official_reader(tmp_path, dtype):
    tensors = samples_of(dtype, SMALL_SIZES, patterns_of(dtype))
    path = write_checkpoint(tmp_path / "model.safetensors", tensors, shuffle=np.random.default_rng(2))
    with safe_open(path, "numpy") as file:
        for tensor in tensors:
            array = file.get_tensor(tensor.name)
            assert array.shape == tensor.shape
            values = array.view(np.float32) if dtype == "C64" else array
            own = decode(tensor.dtype, tensor.data)
            with np.errstate(invalid="ignore"):
                assert np.array_equal(values.astype(own.dtype), own, equal_nan=own.dtype.kind == "f"), tensor.name
