"""The real checkpoint of the demo, read by the official safetensors library: every field of its profile."""

import numpy as np
import pytest
from safetensors import safe_open

from agreement import Reference
from checkpoint_file import Tensor
from profile_run import METHODS, check
from statistics_agreement import Options


@pytest.fixture(scope="module")
def reference(real_checkpoint):
    with safe_open(real_checkpoint, "numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.offset_keys()}
        dtypes = {name: file.get_slice(name).get_dtype() for name in arrays}
    tensors = [Tensor(name, dtypes[name], array.shape, np.ascontiguousarray(array).tobytes())
               for name, array in arrays.items()]
    return Reference(tensors)


def test_every_field(run, real_checkpoint, reference):
    sparsity = [(-0.1, 0.1), (-0.1, 0.0)]
    check(run, real_checkpoint, reference, *METHODS, Options(intervals=sparsity, bins=64, range=(-0.2, 0.2)))
