"""GGUF files as the gguf package writes them, of arrays of any of its types."""

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

PLAIN = {Type.F32: "<f4", Type.F16: "<f2", Type.F64: "<f8", Type.I8: "|i1", Type.I16: "<i2", Type.I32: "<i4",
         Type.I64: "<i8"}
BLOCKS = [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K,
          Type.IQ4_NL, Type.IQ4_XS, Type.TQ1_0, Type.TQ2_0, Type.MXFP4, Type.NVFP4]
# But for Q8_1, whose size the package has from before ggml changed it.
LISTED = [Type.Q8_K, Type.IQ2_XXS, Type.IQ2_XS, Type.IQ2_S, Type.IQ3_XXS, Type.IQ3_S, Type.IQ1_S, Type.IQ1_M, Type.Q1_0]
SIZES = gguf.GGML_QUANT_SIZES
# What blocks are scaled by: name, dtype, offset in the block, numbers in a block.
D, M, DMIN = ("d", "F16", 0, 1), ("m", "F16", 2, 1), ("dmin", "F16", 2, 1)
SCALES = {Type.Q4_0: [D], Type.Q4_1: [D, M], Type.Q5_0: [D], Type.Q5_1: [D, M], Type.Q8_0: [D],
          Type.Q2_K: [("d", "F16", 80, 1), ("dmin", "F16", 82, 1)], Type.Q3_K: [("d", "F16", 108, 1)],
          Type.Q4_K: [D, DMIN], Type.Q5_K: [D, DMIN], Type.Q6_K: [("d", "F16", 208, 1)], Type.IQ4_NL: [D],
          Type.IQ4_XS: [D], Type.TQ1_0: [("d", "F16", 52, 1)], Type.TQ2_0: [("d", "F16", 64, 1)],
          Type.MXFP4: [("e", "F8_E8M0", 0, 1)], Type.NVFP4: [("d", "F8_E4M3", 0, 4)]}


class Tensor:
    """`raw` is what the file holds, as bytes whose last axis are rows; `values` is what they stand for."""

    parameter, trainable = False, True

    def __init__(self, kind, raw, values):
        self.kind, self.raw, self.values = kind, raw, values

    def array(self):
        return self.values


def random_shape(random, block, most=5):
    """Of at most four dimensions, the last of whole blocks; seldom without elements."""
    rank = int(random.integers(1, 5))
    shape = [int(extent) for extent in random.integers(1, most, rank)]
    if random.random() < 0.04:
        shape[int(random.integers(rank))] = 0
    shape[-1] *= block
    return tuple(shape)


def random_plain(random, kind):
    numbers = random.normal(0, 3, random_shape(random, 1, 9))
    numbers[random.random(numbers.shape) < 0.2] = 0
    if kind == Type.BF16:
        raw = (numbers.astype("<f4").view("<u4") >> 16).astype("<u2")
        return Tensor(kind, raw.view("u1"), (raw.astype("<u4") << 16).view("<f4"))
    values = numbers.astype(PLAIN[kind])
    return Tensor(kind, values, values)


def blocks(random, kind, shape):
    """Of random bytes: any numbers, any scales."""
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    return random.integers(0, 256, (*shape[:-1], shape[-1] // elements * size), "u1")


def dequantized(raw, kind):
    with np.errstate(all="ignore"):
        return gguf.quants.dequantize(raw, kind)


def random_blocks(random, kind):
    """Of finite values."""
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    raw = blocks(random, kind, random_shape(random, elements))
    if raw.size == 0:
        return Tensor(kind, raw, np.zeros((*raw.shape[:-1], raw.shape[-1] // size * elements), "f4"))
    each = raw.reshape(-1, size)
    each[~np.isfinite(dequantized(each, kind)).all(axis=1)] = 0
    return Tensor(kind, raw, dequantized(raw, kind))


def save(path, tensors, alignment=None, split=0):
    """Writes the file, or parts of at most `split` tensors; returns the path to open."""
    writer = gguf.GGUFWriter(path, "llama", split_max_tensors=split)
    writer.add_name("weights")
    writer.add_token_list([f"token {i}" for i in range(50)])
    writer.add_array("scores", [0.5, -1.5])
    if alignment is not None:
        writer.add_custom_alignment(alignment)
    for name, tensor in tensors.items():
        raw = tensor.raw if tensor.kind in PLAIN else np.ascontiguousarray(tensor.raw).view("u1")
        writer.add_tensor(name, raw, raw_dtype=None if tensor.kind in PLAIN else tensor.kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    parts = sorted(path.parent.glob(path.stem + "-00001-of-*.gguf"))
    return parts[0] if parts else path
