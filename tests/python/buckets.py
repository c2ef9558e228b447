"""The buckets of a sketch, as the interface defines them: values that share their top 16 bits.

All functions take float64 arrays and the dtype whose bits count: F32 (also for C64) or F64.
"""

import numpy as np

# float type, unsigned type of its size, bits below the top 16
LAYOUTS = {
    "F32": (np.float32, np.uint32, 16),
    "C64": (np.float32, np.uint32, 16),
    "F64": (np.float64, np.uint64, 48),
}


def bucket_edges(dtype, values):
    """Least and greatest number of the bucket that holds each value; zeros have a bucket of their own."""
    float_type, bits_type, low_bits = LAYOUTS[dtype]
    with np.errstate(over="ignore"):
        stored = values.astype(float_type)
    too_far = np.abs(stored.astype(np.float64)) > np.abs(values)
    stored[too_far] = np.nextafter(stored[too_far], float_type(0))
    codes = stored.view(bits_type) >> bits_type(low_bits) << bits_type(low_bits)
    inner = codes.view(float_type).astype(np.float64)
    outer = (codes | bits_type(2**low_bits - 1)).view(float_type).astype(np.float64)
    zero = values == 0
    return np.where(zero, 0, np.minimum(inner, outer)), np.where(zero, 0, np.maximum(inner, outer))


def cut_populations(dtype, ordered, edges):
    """For each bin edge, how many of the ascending values lie in the bucket that it cuts in two."""
    low, high = bucket_edges(dtype, edges)
    begin = np.searchsorted(ordered, low, side="left")
    end = np.searchsorted(ordered, high, side="right")
    return np.where((low < edges) & (edges <= high), end - begin, 0)


def sure_exponent(dtype):
    """From this power of two on no bucket spans several; below lie the smallest subnormals."""
    return -133 if LAYOUTS[dtype][0] is np.float32 else -1026
