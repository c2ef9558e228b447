"""What findings a profile must have, computed from the values by the rules' definitions in words.

A rule that counts values in a histogram may be off where that was filled from a sketch: such a finding is `open`
when its share is near the limit.
"""

import math
from typing import NamedTuple

import numpy as np

from decode import decode
from reference import is_buffer, squeezed

LEAST_VALUES = 4096
LARGEST = {"F16": 65504.0, "BF16": math.ldexp(255, 120)}
WIDER_THAN_F16 = {"BF16", "F32", "F64"}
REAL_FLOATS = WIDER_THAN_F16 | {"F16"}

SAMPLE_ERROR = 0.03  # of a share that comes from a sample of thousands: more than five standard deviations


class Near(NamedTuple):
    """A count that a sketch or a sample stands behind."""

    count: int
    tolerance: float


def is_floating(dtype):
    return dtype in REAL_FLOATS or dtype.startswith(("F8", "F4"))


class ZeroPattern:
    """Which rows and columns, and whether two of every four values in a row, are zero."""

    def __init__(self, tensor):
        shape = squeezed(tensor.shape)
        elements = math.prod(shape)
        values = decode(tensor.dtype, tensor.data)
        zero = (values.reshape(-1)[:elements * (len(values.reshape(-1)) // elements)].reshape(elements, -1) == 0).all(axis=1)
        grid = zero.reshape(shape[0], shape[1], -1)
        self.rows, self.columns = shape[:2]
        self.dead_rows = np.flatnonzero(grid.all(axis=(1, 2)))
        self.dead_columns = np.flatnonzero(grid.all(axis=(0, 2)))
        self.two_of_four = shape[-1] % 4 == 0 and bool((zero.reshape(-1, 4).sum(axis=1) >= 2).all())

    @staticmethod
    def figures(what, dead, all_of_them):
        return {f"dead_{what}s": len(dead), f"{what}s": all_of_them, f"first_dead_{what}": int(dead[0]) if len(dead) else 0}


class TensorFindings:
    """Of one tensor: `certain` has the rules that must be there in their order with their figures, `open` the names
    of those that may."""

    def __init__(self, tensor, population, exact_bins):
        self.dtype = tensor.dtype
        self.population = population
        self.exact_bins = exact_bins
        self.is_buffer = is_buffer(tensor)
        self.certain, self.open = [], set()
        self.value_rules(tensor)

    def add(self, rule, found, **figures):
        if found:
            self.certain.append((rule, figures))

    def value_rules(self, tensor):
        population = self.population
        counts = population.counts
        kinds = ("nan", "positive_infinity", "negative_infinity")
        self.add("non-finite", population.count < population.size, **{kind: counts[kind] for kind in kinds})
        self.one_value()
        zeros = ZeroPattern(tensor) if self.may_have_pattern(tensor) else None
        if zeros:
            self.add("dead-rows", len(zeros.dead_rows), **zeros.figures("row", zeros.dead_rows, zeros.rows))
            self.add("dead-columns", len(zeros.dead_columns),
                     **zeros.figures("column", zeros.dead_columns, zeros.columns))
        self.of_floats()
        self.add("sparse-2-4", zeros and zeros.two_of_four, zero=population.counts["zero"])

    def may_have_pattern(self, tensor):
        zero = self.population.counts["zero"]
        return 0 < zero < self.population.size and len(squeezed(tensor.shape)) > 1 and not is_buffer(tensor)

    def of_floats(self):
        population, dtype = self.population, self.dtype
        if not is_floating(dtype) or population.min is None:
            return
        counts = population.counts
        end = population.min if abs(population.min.value) > abs(population.max.value) else population.max
        most, place = abs(end.value), {"value": end.value, "index": end.index}
        self.add("overflows-f32", dtype == "F64" and most >= math.ldexp(2**25 - 1, 103), **place)
        self.add("overflows-bf16", dtype in ("F32", "F64") and most >= math.ldexp(511, 119), **place)
        self.add("overflows-f16", dtype in WIDER_THAN_F16 and most >= 65520, **place)
        self.add("overflows-f8", dtype in REAL_FLOATS and not self.is_buffer and most > 464, **place)
        self.add("saturated", most == LARGEST.get(dtype), **place)
        self.outlier(place)
        nonzero = counts["negative"] + counts["positive"]
        many = dtype in REAL_FLOATS and nonzero >= 2 and counts["subnormal"] >= 0.01 * nonzero
        self.add("subnormal", many, subnormal=counts["subnormal"])
        if dtype in WIDER_THAN_F16:
            self.flushed("flushed-f16", -25, nonzero)
        if dtype in ("F32", "F64"):
            self.flushed("flushed-bf16", -134, nonzero, self.exact_bins)
        if dtype in REAL_FLOATS and most / 448 > 0:
            self.flushed("flushed-f8", math.frexp(most / 448)[1] - 1 - 10, nonzero)

    def one_value(self):
        population = self.population
        if population.size < 2 or population.count < population.size or population.min.value != population.max.value:
            return
        value = population.min.value
        if value:
            self.certain.append(("constant", {"value": value}))
        else:
            self.certain.append(("all-zero", {}))

    def outlier(self, place):
        ordered = self.population.ordered
        if len(ordered) < LEAST_VALUES:
            return
        scale = abs(place["value"])
        if not 1e-150 < scale < 1e150:
            self.open.add("outlier")
            return
        scaled = ordered / scale
        deviation = scaled.std()
        if scaled[0] == scaled[-1] or not deviation:
            return
        distance = abs(place["value"] / scale - scaled.mean()) / deviation
        kurtosis = np.mean((scaled - scaled.mean()) ** 4) / deviation**4 - 3
        self.add("outlier", distance >= 50, **place, standard_deviations=distance, excess_kurtosis=kurtosis)

    def flushed(self, rule, exponent, nonzero, is_known=True):
        """`is_known`: that the bins tell values below from those above. The upper half of an F32 value does not, near
        2^-134."""
        limit = math.ldexp(1, exponent) if exponent > -1074 else 0
        magnitudes = np.abs(self.population.ordered)
        lost = np.count_nonzero((magnitudes > 0) & (magnitudes < limit))
        share = lost / nonzero if nonzero else 0
        is_near = not self.exact_bins and 0.002 < share < 0.05
        if nonzero >= LEAST_VALUES and (is_near or not is_known):
            self.open.add(rule)
            return
        figure = lost if self.exact_bins else Near(lost, SAMPLE_ERROR * nonzero)
        self.add(rule, nonzero >= LEAST_VALUES and lost and share >= 0.01, flushed=figure)


def duplicates(tensors, populations):
    """A row for each tensor whose bytes another one before it has, sorted by the first of them."""
    groups = {}
    for tensor in tensors:
        population = populations.get(tensor.name)
        if population and population.min is not None and population.min.value != population.max.value:
            key = (tensor.dtype, tuple(tensor.shape), tensor.data)
            groups.setdefault(key, []).append(tensor.name)
    return [("duplicate", name, {}) for group in groups.values() for name in group[1:]]


def same_figure(found, expected):
    if isinstance(expected, Near):
        return abs(found - expected.count) <= expected.tolerance
    return found == expected or math.isclose(found, expected, rel_tol=1e-9)


def same_figures(found, expected):
    return found.keys() == expected.keys() and all(same_figure(found[name], expected[name]) for name in found)


def disagreement(findings, tensors, populations, exact_bins):
    """What is wrong with the findings of a profile; empty when nothing is."""
    expected, may_be = [], set()
    for tensor in tensors:
        if tensor.name not in populations:
            continue
        own = TensorFindings(tensor, populations[tensor.name], exact_bins[tensor.name])
        expected += [(rule, tensor.name, figures) for rule, figures in own.certain]
        may_be |= {(rule, tensor.name) for rule in own.open}
    expected += duplicates(tensors, populations)
    words = ("rule", "tensor", "message")
    found = [(row["rule"], row["tensor"], {key: row[key] for key in row if key not in words}) for row in findings]
    found = [row for row in found if row[:2] not in may_be]
    expected = [row for row in expected if row[:2] not in may_be]
    same = len(found) == len(expected) and all(
        one[:2] == other[:2] and same_figures(one[2], other[2]) for one, other in zip(found, expected))
    return "" if same else f"{found}, expected {expected}"
