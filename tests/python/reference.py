"""What a profile must say, computed by numpy and exact arithmetic from the definitions of the interface alone.

A Population is the values of one tensor, or of all parameters in order. Its methods give the exact statistics.
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
    if edges[0] == edges[-1]:
        counts = np.zeros(len(edges) - 1, np.int64)
        counts[0] = np.count_nonzero(ordered == edges[0])
    else:
        starts = np.searchsorted(ordered, edges, side="left")
        starts[-1] = np.searchsorted(ordered, edges[-1], side="right")
        counts = np.diff(starts)
    return np.count_nonzero(ordered < edges[0]), counts.tolist(), np.count_nonzero(ordered > edges[-1])


def exponent_counts(ordered):
    """The exponent of the least magnitude, and how many values each power of two from there on holds."""
    exponents = np.frexp(ordered[ordered != 0])[1] - 1
    if not len(exponents):
        return None, []
    least = int(exponents.min())
    return least, np.bincount(exponents - least).tolist()


def _sign_bits(values):
    return np.signbit(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)


class Population:
    def __init__(self, tensors):
        self.tensors = list(tensors)
        self.values = [decode(tensor.dtype, tensor.data) for tensor in self.tensors]
        self.finite = [values[np.isfinite(values)] for values in self.values]
        self.size = sum(map(len, self.values))
        self.count = sum(map(len, self.finite))

    @cached_property
    def counts(self):
        total = dict.fromkeys(
            "zero negative_zero negative positive nan positive_infinity negative_infinity subnormal".split(), 0
        )
        for tensor, values in zip(self.tensors, self.values):
            zero = values == 0
            found = {
                "zero": zero,
                "negative_zero": zero & _sign_bits(values),
                "negative": values < 0,
                "positive": values > 0,
                "nan": np.isnan(values),
                "positive_infinity": values == math.inf,
                "negative_infinity": values == -math.inf,
                "subnormal": ~zero & (np.abs(wide(values)) < SMALLEST_NORMAL.get(tensor.dtype, 0)),
            }
            for kind, where in found.items():
                total[kind] += int(np.count_nonzero(where))
        return total

    def _extreme(self, argument, better):
        best = None
        for tensor, values in zip(self.tensors, self.values):
            places = np.flatnonzero(np.isfinite(values))
            if not len(places):
                continue
            place = int(places[argument(values[places])])
            value = values[place].item()
            if best is None or better(value, best.value):
                best = Extreme(value, place // (2 if tensor.dtype == "C64" else 1), tensor.name)
        return best

    @cached_property
    def min(self):
        return self._extreme(np.argmin, lambda a, b: a < b)

    @cached_property
    def max(self):
        return self._extreme(np.argmax, lambda a, b: a > b)

    @cached_property
    def sum(self):
        return sum(map(exact_sum, self.finite), Fraction(0))

    @cached_property
    def absolute_sum(self):
        return sum((exact_sum(magnitudes(values)) for values in self.finite), Fraction(0))

    @cached_property
    def central_sums(self):
        """Σ(x − mean)^p for p = 2, 3, 4."""
        return power_sums(self.finite, self.sum / self.count)

    @cached_property
    def square_sum(self):
        return power_sums(self.finite, Fraction(0))[0]

    @cached_property
    def moments(self):
        """In long double; None where they do not exist. Needs a finite value."""
        n = np.longdouble(self.count)
        m2, m3, m4 = (total / n for total in self.central_sums)
        spread = self.min.value != self.max.value
        return {
            "mean": to_long_double(self.sum / self.count),
            "l1": to_long_double(self.absolute_sum),
            "std": np.sqrt(m2) if spread else np.longdouble(0),
            "l2": np.sqrt(self.square_sum),
            "rms": np.sqrt(self.square_sum / n),
            "skewness": m3 / m2 / np.sqrt(m2) if spread else None,
            "excess_kurtosis": m4 / m2 / m2 - 3 if spread else None,
        }

    def outside(self, low, high):
        """How many values lie below and above, as the real numbers they are; infinities do, NaN does not."""
        below = above = 0
        for values in self.values:
            real = wide(values)
            below += int(np.count_nonzero(real < np.longdouble(low)))
            above += int(np.count_nonzero(real > np.longdouble(high)))
        return below, above

    @cached_property
    def ordered(self):
        """All finite values as float64, ascending."""
        return np.sort(np.concatenate([values.astype(np.float64) for values in self.finite] or [np.empty(0)]))

    @cached_property
    def ordered_magnitudes(self):
        return np.sort(np.abs(self.ordered))
