"""Tensors that are odd in every way a checkpoint allows: roles, forms, empty ones, sizes that shift what follows."""

import numpy as np

from checkpoint_file import Tensor
from samples import bits, gaussian, sample


def shaped(name, dtype, shape, pattern=gaussian):
    flat = sample(name, dtype, int(np.prod(shape)), pattern)
    return Tensor(name, dtype, tuple(shape), flat.data)


def odd_tensors():
    """Roles by name and by dtype, forms of every rank, nothing at all, and bytes that shift all that follow."""
    return [
        shaped("norm.running_mean", "F32", [7]), shaped("norm.running_var", "F32", [1]),
        shaped("norm.num_batches_tracked", "I64", []), shaped("embeddings.position_ids", "I64", [1, 512]),
        shaped("mask", "BOOL", [3, 5], bits), shaped("running_mean.weight", "F16", [2, 3]),
        shaped("scalar", "F64", []), shaped("ones", "BF16", [1, 1, 1]), shaped("empty", "F32", [0, 4]),
        shaped("empty.scalar_like", "F4", [1, 0]), shaped("column", "F8_E4M3", [11, 1]),
        shaped("kernel", "F32", [4, 3, 3, 3]), shaped("cube", "C64", [2, 3, 4]), shaped("rank 11", "U8", [2] * 11, bits),
        shaped("nibbles", "F4", [3, 6], bits), shaped("scales", "F8_E8M0", [3], bits), shaped("shift", "I8", [5], bits),
        shaped("weight", "F32", [70_000]), shaped("counts", "U32", [65_537]), shaped("ids", "I64", [66_000], bits),
    ]
