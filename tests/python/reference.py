"""What a profile must say, computed by numpy and exact arithmetic from the definitions of the interface alone.

A Part is the values of one tensor; a Population has the exact statistics of one, or of several together.
"""

import math
import sys
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np

from decode import SMALLEST_NORMAL, decode
from exact import exact_sum, magnitudes, power_sums, to_long_double, wide

BUFFERS = {"running_mean", "running_var", "num_batches_tracked", "position_ids"}


class Extreme(NamedTuple):
    value: object  # a Python int or float
    index: int
    tensor: str


def is_buffer(tensor):
    return tensor.dtype == "BOOL" or tensor.name.split(".")[-1] in BUFFERS


def squeezed(shape):
    return [extent for extent in shape if extent != 1]


def form(shape):
    rank = len(squeezed(shape))
    return ("Scalar", "Vector", "Matrix")[rank] if rank < 3 else f"Tensor rank {rank}"


def linear_quantiles(ordered, qs):
    """numpy's; where its difference of neighbours overflows, the weighted mean of the two."""
    with np.errstate(over="ignore", invalid="ignore"):
        result = np.quantile(ordered, qs, method="linear")
    for i in np.flatnonzero(~np.isfinite(result)):
        position = (len(ordered) - 1) * qs[i]
        below = math.floor(position)
        share = position - below
        result[i] = ordered[below] * (1 - share) + ordered[below + 1] * share
    return result


def bin_edges(low, high, bins):
    """numpy's. Where the width of a bin is subnormal, by the formula that numpy has for one of zero; where even
    high − low overflows, the doubles next to equal parts."""
    width = float(high) - float(low)
    if math.isfinite(width) and width / bins >= sys.float_info.min:
        return np.linspace(low, high, bins + 1)
    if math.isfinite(width):
        return np.append(np.arange(bins) / bins * width + low, high)
    low, high = Fraction(low), Fraction(high)
    return np.array([float(low + (high - low) * i / bins) for i in range(bins + 1)])


def bin_counts(ordered, edges):
    """Values below, in each bin [edge, next edge) with the last one closed, and above."""
    begin = np.searchsorted(ordered, edges, side="left")
    end = np.searchsorted(ordered, edges[-1], side="right")
    if edges[0] == edges[-1]:
        begin[1:] = end
    begin[-1] = end
    return [int(begin[0]), *np.diff(begin).tolist(), len(ordered) - int(end)]


def exponent_counts(ordered):
    """The exponent of the least magnitude, and how many values each power of two from there on holds."""
    exponents = np.frexp(ordered[ordered != 0])[1] - 1
    if not len(exponents):
        return None, []
    least = int(exponents.min())
    return least, np.bincount(exponents - least).tolist()


KINDS = "zero negative_zero negative positive nan positive_infinity negative_infinity subnormal".split()


class Part:
    """The values of one tensor, and what of their statistics adds up over several."""

    def __init__(self, tensor):
        self.tensor = tensor
        self.values = decode(tensor.dtype, tensor.data)
        finite = np.isfinite(self.values)
        self.finite = self.values if finite.all() else self.values[finite]

    @cached_property
    def counts(self):
        values, is_float = self.values, self.values.dtype.kind == "f"
        zero = values == 0
        found = [zero, zero & np.signbit(values) if is_float else [], values < 0, values > 0, np.isnan(values),
                 values == math.inf, values == -math.inf,
                 ~zero & (np.abs(values) < SMALLEST_NORMAL.get(self.tensor.dtype, 0)) if is_float else []]
        return {kind: int(np.count_nonzero(where)) for kind, where in zip(KINDS, found)}

    def extreme(self, argument):
        """The first least or greatest finite value; C64 count elements, not values."""
        if not len(self.finite):
            return None
        value = self.finite[argument(self.finite)]
        place = int(np.flatnonzero(self.values == value)[0])
        return Extreme(value.item(), place // (2 if self.tensor.dtype == "C64" else 1), self.tensor.name)

    @cached_property
    def min(self):
        return self.extreme(np.argmin)

    @cached_property
    def max(self):
        return self.extreme(np.argmax)

    @cached_property
    def sum(self):
        return exact_sum(self.finite)

    @cached_property
    def absolute_sum(self):
        return exact_sum(magnitudes(self.finite))

    @cached_property
    def ordered(self):
        """All finite values as float64, ascending."""
        return np.sort(self.finite.astype(np.float64))

    def outside(self, low, high):
        """How many values lie below and above, as the real numbers they are; infinities do, NaN does not."""
        real = self.values if self.values.dtype.kind == "f" else wide(self.values)
        return int(np.count_nonzero(real < low)), int(np.count_nonzero(real > high))


class Population:
    """One part, or several in order."""

    def __init__(self, parts):
        self.parts = list(parts)
        self.size = sum(len(part.values) for part in self.parts)
        self.count = sum(len(part.finite) for part in self.parts)

    @property
    def dtypes(self):
        return {part.tensor.dtype for part in self.parts}

    @cached_property
    def counts(self):
        return {kind: sum(part.counts[kind] for part in self.parts) for kind in KINDS}

    @cached_property
    def min(self):
        return min((part.min for part in self.parts if part.min), key=lambda extreme: extreme.value, default=None)

    @cached_property
    def max(self):
        return max((part.max for part in self.parts if part.max), key=lambda extreme: extreme.value, default=None)

    @cached_property
    def central_sums(self):
        """Σ(x − mean)^p for p = 2, 3, 4."""
        return power_sums([part.finite for part in self.parts], self.mean)

    @cached_property
    def mean(self):
        return sum(part.sum for part in self.parts) / Fraction(self.count)

    @cached_property
    def square_sum(self):
        return self.central_sums[0] + to_long_double(self.mean * self.mean * self.count)

    @cached_property
    def moments(self):
        """In long double; None where they do not exist. Needs a finite value."""
        n = np.longdouble(self.count)
        m2, m3, m4 = (total / n for total in self.central_sums)
        spread = self.min.value != self.max.value
        return {
            "mean": to_long_double(self.mean),
            "l1": to_long_double(sum(part.absolute_sum for part in self.parts)),
            "std": np.sqrt(m2) if spread else np.longdouble(0),
            "l2": np.sqrt(self.square_sum),
            "rms": np.sqrt(self.square_sum / n),
            "skewness": m3 / m2 / np.sqrt(m2) if spread else None,
            "excess_kurtosis": m4 / m2 / m2 - 3 if spread else None,
        }

    def outside(self, low, high):
        rows = [part.outside(low, high) for part in self.parts]
        return sum(below for below, _ in rows), sum(above for _, above in rows)

    @cached_property
    def ordered(self):
        runs = [part.ordered for part in self.parts] or [np.empty(0)]
        return np.sort(np.concatenate(runs), kind="stable") if len(runs) > 1 else runs[0]

    @cached_property
    def ordered_magnitudes(self):
        return np.sort(np.abs(self.ordered), kind="stable")

    @cached_property
    def exponents(self):
        return exponent_counts(self.ordered)
