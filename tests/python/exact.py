"""Sums and central moments to far more digits than a double has.

Sums are rational numbers. Central moments are taken in long double (64 bits of mantissa or more, 15 of exponent)
around an exact mean and added pairwise: good to 1e-17, and nothing that a double holds overflows or vanishes.
"""

from fractions import Fraction

import numpy as np

BLOCK = 1 << 19

assert np.finfo(np.longdouble).nmant >= 63, "this machine's long double is a double"


def wide(values):
    """As long doubles: exact for float64, int64 and uint64."""
    with np.errstate(invalid="ignore"):  # signalling NaN
        return values.astype(np.longdouble)


def magnitudes(values):
    """|x| without overflow: those of int64 are uint64."""
    if values.dtype.kind != "i":
        return np.abs(values)
    unsigned = values.astype(np.uint64)
    return np.where(values < 0, np.uint64(0) - unsigned, unsigned)


def _blocks(values):
    return (values[begin : begin + BLOCK] for begin in range(0, len(values), BLOCK))


def _integer_sum(values):
    high = values >> values.dtype.type(32)
    low = values & values.dtype.type(0xFFFFFFFF)
    return (int(high.sum()) << 32) + int(low.sum())


def _float_sum(values):
    """Σ mantissa × 2^exponent, by exponent. Halves of mantissas add up exactly in a double."""
    fractions, exponents = np.frexp(values)
    mantissas = np.ldexp(fractions, 53).astype(np.int64)
    least = int(exponents.min())
    high = np.bincount(exponents - least, weights=mantissas >> 27)
    low = np.bincount(exponents - least, weights=mantissas & (1 << 27) - 1)
    halves = zip(high.tolist(), low.tolist())
    total = sum(((int(h) << 27) + int(l)) << place for place, (h, l) in enumerate(halves))
    return Fraction(total) * Fraction(2) ** (least - 53)


def exact_sum(values):
    """Of finite float64, or of integers, as a Fraction."""
    block_sum = _float_sum if values.dtype.kind == "f" else _integer_sum
    return sum(map(block_sum, _blocks(values)), Fraction(0))


def to_fraction(number):
    """The number a long double is, exactly."""
    mantissa, exponent = np.frexp(number)
    return Fraction(int(np.ldexp(mantissa, 120))) * Fraction(2) ** (int(exponent) - 120)


def to_long_double(fraction):
    """A long double next to the fraction, whatever its size."""
    shift = fraction.numerator.bit_length() - fraction.denominator.bit_length()
    scaled = fraction / Fraction(2) ** shift
    high = float(scaled)
    return np.ldexp(np.longdouble(high) + np.longdouble(float(scaled - Fraction(high))), shift)


def power_sums(parts, center):
    """Σ(x − center)^p for p = 2, 3, 4 over all arrays of `parts`, in long double; the center is a Fraction."""
    high = to_long_double(center)
    low = to_long_double(center - to_fraction(high))
    sums = [[], [], []]
    for block in (block for values in parts for block in _blocks(values)):
        distance = (wide(block) - high) - low
        square = distance * distance
        for total, term in zip(sums, (square, square * distance, square * square)):
            total.append(term.sum())
    return [np.sum(np.array(total, np.longdouble)) for total in sums]
