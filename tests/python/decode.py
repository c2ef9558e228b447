"""What the bytes of a tensor mean, by formulas of our own: neither the program's nor ml_dtypes' code.

Floats of at most 64 bits become float64 (exact), integers int64 or uint64, C64 twice as many float64.
"""

import math
from functools import cache

import numpy as np

# exponent bits, mantissa bits, bias, which codes are no numbers
MINIFLOATS = {
    "F16": (5, 10, 15, "ieee"),
    "BF16": (8, 7, 127, "ieee"),
    "F8_E5M2": (5, 2, 15, "ieee"),
    "F8_E4M3": (4, 3, 7, "all ones"),
    "F8_E4M3FNUZ": (4, 3, 8, "minus zero"),
    "F8_E5M2FNUZ": (5, 2, 16, "minus zero"),
    "F4": (2, 1, 1, "none"),
}
STORED = {
    "U8": "<u1", "I8": "<i1", "I16": "<i2", "U16": "<u2", "I32": "<i4", "U32": "<u4", "I64": "<i8", "U64": "<u8",
    "F32": "<f4", "C64": "<f4", "F64": "<f8",
}
VALUE_KINDS = sorted(set(MINIFLOATS) | set(STORED) | {"BOOL", "F8_E8M0"})

SMALLEST_NORMAL = {"F64": 2.0**-1022, "F32": 2.0**-126, "C64": 2.0**-126} | {
    dtype: 2.0 ** (1 - bias) for dtype, (_, _, bias, _) in MINIFLOATS.items()
}


def _minifloat(exponent_bits, mantissa_bits, bias, specials, code):
    mantissa = code % 2**mantissa_bits
    exponent = code // 2**mantissa_bits % 2**exponent_bits
    sign = -1.0 if code // 2 ** (mantissa_bits + exponent_bits) else 1.0
    top = exponent == 2**exponent_bits - 1
    if specials == "ieee" and top:
        return math.nan if mantissa else sign * math.inf
    if specials == "all ones" and top and mantissa == 2**mantissa_bits - 1:
        return math.nan
    if specials == "minus zero" and sign < 0 and exponent == mantissa == 0:
        return math.nan
    if exponent == 0:
        return sign * mantissa * 2.0 ** (1 - bias - mantissa_bits)
    return sign * (1 + mantissa / 2**mantissa_bits) * 2.0 ** (exponent - bias)


@cache
def code_table(dtype):
    """The value of every code of a dtype of at most 16 bits."""
    if dtype == "BOOL":
        return np.array([0.0] + [1.0] * 255)
    if dtype == "F8_E8M0":
        return np.array([2.0 ** (code - 127) for code in range(255)] + [math.nan])
    exponent_bits, mantissa_bits, *rest = MINIFLOATS[dtype]
    codes = range(2 ** (1 + exponent_bits + mantissa_bits))
    return np.array([_minifloat(exponent_bits, mantissa_bits, *rest, code) for code in codes])


def codes_of(dtype, data):
    """The bit patterns of a table's dtype; the earlier of two F4 is in the low half of their byte."""
    raw = np.frombuffer(data, np.uint8)
    if dtype == "F4":
        return np.stack([raw & 15, raw >> 4], axis=1).ravel()
    return np.frombuffer(data, "<u2") if dtype in ("F16", "BF16") else raw


def decode(dtype, data):
    """The values of a tensor, flat."""
    if dtype not in STORED:
        return code_table(dtype)[codes_of(dtype, data)]
    values = np.frombuffer(data, STORED[dtype])
    if values.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # signalling NaN
            return values.astype(np.float64)
    return values.astype(np.int64 if values.dtype.kind == "i" else np.uint64)
