"""Made-up data of every dtype: ordinary weights, and everything that a careless loop gets wrong.

A pattern is a function (dtype, count, numpy generator) → raw bytes. Fixed seeds: the same bytes every time.
"""

import zlib

import numpy as np

from checkpoint_file import BITS, Tensor, flat_tensor
from decode import MINIFLOATS, STORED, code_table

FLOATS = ["F64", "F32", "C64"]
SMALL_SIZES = [0, 1, 2, 15, 16, 17, 4095, 4096, 4097]
EDGE_SIZES = [65_535, 65_536, 65_537]
CHUNK_SIZES = [1_048_575, 1_048_576, 1_048_577]
LARGE_SIZES = [2**20 - 1, 2**20 + 1, 3 * 2**20 + 5]


def encode(dtype, values):
    """The bytes of real numbers, each stored as a number next to it."""
    if dtype in STORED:
        kind = np.dtype(STORED[dtype])
        if kind.kind != "f":
            limits = np.iinfo(kind)
            # the greatest double of a 64-bit integer is 2^63 or 2^64, which does not fit
            values = np.clip(np.rint(values), float(limits.min), np.nextafter(float(limits.max), 0))
        with np.errstate(over="ignore"):
            return values.astype(kind).tobytes()
    table = code_table(dtype)
    order = np.argsort(table, kind="stable")[: np.count_nonzero(~np.isnan(table))]
    places = np.searchsorted(table[order], values).clip(0, len(order) - 1)
    return pack(dtype, order[places])


def pack(dtype, codes):
    """Bit patterns as bytes; F4 two by two, the earlier in the low half."""
    if dtype == "F4":
        codes = codes.astype(np.uint8)
        return (codes[0::2] | codes[1::2] << 4).tobytes()
    return codes.astype(f"<u{max(BITS[dtype], 8) // 8}").tobytes()


def values_of(dtype, count):
    return count * (2 if dtype == "C64" else 1)


def spread_of(dtype):
    """A standard deviation that makes ordinary weights of this dtype."""
    if dtype in ("F4", "BOOL"):
        return 2.0
    return 0.02 if dtype in FLOATS or dtype in MINIFLOATS else 30.0


def gaussian(dtype, count, random):
    if dtype == "F8_E8M0":
        return pack(dtype, np.clip(random.normal(120, 4, count), 0, 254))
    return encode(dtype, random.normal(0, spread_of(dtype), values_of(dtype, count)))


def bits(dtype, count, random):
    """Any bit pattern: NaN, infinities and subnormals among them."""
    return random.bytes(-(-count * BITS[dtype] // 8))


def constant(dtype, count, random):
    return encode(dtype, np.full(values_of(dtype, count), 0.75 if spread_of(dtype) < 1 else 3.0))


def two_valued(dtype, count, random):
    pair = np.array([-1.0, 1.5]) * spread_of(dtype)
    return encode(dtype, pair[random.integers(0, 2, values_of(dtype, count))])


def ascending(dtype, count, random):
    return encode(dtype, np.sort(random.normal(0, spread_of(dtype), values_of(dtype, count))))


def descending(dtype, count, random):
    return encode(dtype, -np.sort(random.normal(0, spread_of(dtype), values_of(dtype, count))))


def pruned(dtype, count, random):
    """Mostly zeros, of both signs."""
    values = random.normal(0, spread_of(dtype), values_of(dtype, count))
    return encode(dtype, np.where(random.random(len(values)) < 0.9, np.copysign(0.0, values), values))


def offset(dtype, count, random):
    """A large mean and a small spread."""
    return encode(dtype, 1000 + random.normal(0, 1e-3, values_of(dtype, count)))


def extremes(dtype, count, random):
    """The ends of the range, and what lies next to them and to zero."""
    if dtype in STORED and np.dtype(STORED[dtype]).kind != "f":
        limits = np.iinfo(STORED[dtype])
        pool = np.array([limits.min, limits.min + 1, limits.max, limits.max - 1, 0, 1], STORED[dtype])
        return pool[random.integers(0, len(pool), count)].tobytes()
    if dtype in STORED:
        limits = np.finfo(STORED[dtype])
        pool = np.array([0.0, 1.0, limits.max, limits.smallest_normal, limits.smallest_subnormal, np.inf, np.nan,
                         limits.smallest_normal - limits.smallest_subnormal, 1 + limits.eps], STORED[dtype])
        pool = np.concatenate([pool, -pool])
        return pool[random.integers(0, len(pool), values_of(dtype, count))].tobytes()
    table = code_table(dtype)
    order = np.argsort(np.abs(table), kind="stable")
    finite = order[: np.count_nonzero(np.isfinite(table))]
    pool = np.concatenate([finite[:6], finite[-6:], order[len(finite) :][:6]])
    return pack(dtype, pool[random.integers(0, len(pool), count)])


def not_numbers(dtype, count, random):
    """Hardly a finite value."""
    values = random.normal(0, spread_of(dtype), values_of(dtype, count)).astype(STORED[dtype])
    kinds = np.array([np.nan, -np.nan, np.inf, -np.inf], STORED[dtype])
    return np.where(random.random(len(values)) < 0.98, kinds[random.integers(0, 4, len(values))], values).tobytes()


def all_nan(dtype, count, random):
    return np.full(values_of(dtype, count), np.nan, STORED[dtype]).tobytes()


def subnormals(dtype, count, random):
    kind = np.dtype(STORED[dtype])
    least = np.finfo(kind).smallest_subnormal
    return (least * random.integers(-300, 300, values_of(dtype, count)).astype(kind)).tobytes()


def huge(dtype, count, random):
    limit = np.finfo(STORED[dtype]).max
    return (limit * random.uniform(-1, 1, values_of(dtype, count)).astype(STORED[dtype])).tobytes()


def tiny(dtype, count, random):
    least = np.finfo(STORED[dtype]).smallest_normal
    return (least * 1000 * random.uniform(-1, 1, values_of(dtype, count)).astype(STORED[dtype])).tobytes()


ORDINARY = [gaussian, constant, two_valued, ascending, descending, pruned]
DIFFICULT = [bits, extremes]
FLOAT_ONLY = [not_numbers, all_nan, subnormals, huge, tiny, offset]


def patterns_of(dtype):
    return ORDINARY + DIFFICULT + (FLOAT_ONLY if dtype in FLOATS else [offset] if dtype not in MINIFLOATS else [])


def sample(name, dtype, count, pattern):
    """A vector of `count` elements (F4: an even number)."""
    if dtype == "F4":
        count += count % 2
    random = np.random.default_rng(zlib.crc32(f"{name} {dtype} {count} {pattern.__name__}".encode()))
    return flat_tensor(name, dtype, pattern(dtype, count, random))


def samples_of(dtype, sizes, patterns):
    return [sample(f"{pattern.__name__}.{size}", dtype, size, pattern) for size in sizes for pattern in patterns]
