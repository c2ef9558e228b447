"""Compares the statistics of one tensor, or of the totals, with the reference; collects what disagrees.

Tolerances are the promises of the design: counts and exact quantiles equal, sums within 1e-15 of Σ|x|. Higher
moments are held to 1e-13 (std, l2, rms) and 1e-10 (skewness, kurtosis).
"""

from dataclasses import dataclass, field

import numpy as np

from buckets import bucket_edges, cut_populations, sure_exponent
from reference import bin_counts, bin_edges, linear_quantiles

LARGEST = np.longdouble(np.finfo(np.float64).max)
LEAST_POWER = np.longdouble(2) ** -940
HALF_OF_LEAST = np.longdouble(2) ** -1075  # what rounding to a double may cost at the very bottom
SURENESS = ["reservoir", "sketch", "exact"]
DEFAULT_QUANTILES = [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1]


@dataclass
class Options:
    """What the program was asked for, with the defaults of the interface."""

    intervals: list = field(default_factory=lambda: [(-0.01, 0.01), (-0.1, 0.1), (-1.0, 1.0)])
    quantiles: list = field(default_factory=lambda: list(DEFAULT_QUANTILES))
    method: str = "auto"
    sample: int = 65_536
    bins: int = 200
    range: tuple = None


class StatisticsAgreement:
    """`wrong` lists every disagreement; `trials` and `misses` count bounds that hold with 99 % confidence."""

    def __init__(self, options):
        self.options = options
        self.wrong = []
        self.trials = 0
        self.misses = 0

    def check(self, place, right, found, expected):
        if not right:
            self.wrong.append(f"{place}: {found!r}, expected {expected!r}")

    def equal(self, place, found, expected):
        self.check(place, found == expected, found, expected)

    def near(self, place, found, expected, relative, scale=None, through=()):
        """Within `relative` × `scale` of a long double. None where it does not exist or does not fit; a sum that
        it is made `through` may also not have fitted."""
        if expected is None or abs(expected) > LARGEST:
            return self.check(place, found is None, found, expected)
        if found is None:
            fits = all(LEAST_POWER < abs(total) < LARGEST / 64 for total in through)
            return self.check(place, not fits, found, float(expected))
        error = abs(np.longdouble(found) - expected)
        tolerance = np.longdouble(relative) * (abs(expected) if scale is None else scale) + HALF_OF_LEAST
        self.check(place, error <= tolerance, found, float(expected))

    def statistics(self, place, found, population, method):
        """All that tensors and totals have in common. `method`: how quantiles and histograms are to be made."""
        kinds = ("zero", "negative", "positive", "nan")
        self.equal(f"{place} counts", found["counts"], population.counts)
        self.equal(f"{place} sum of counts", sum(found["counts"][kind] for kind in kinds), population.size)
        self.extremes(place, found, population)
        self.moments(place, found, population)
        self.intervals(f"{place} intervals", found["intervals"], population)
        self.quantiles(f"{place} quantiles", found["quantiles"], population.ordered, population, method)
        magnitudes = population.ordered_magnitudes
        self.quantiles(f"{place} magnitude_quantiles", found["magnitude_quantiles"], magnitudes, population, method)
        self.histogram(f"{place} histogram", found["histogram"], population, method)
        self.magnitude_histogram(f"{place} magnitude_histogram", found["magnitude_histogram"], population, method)

    def extremes(self, place, found, population):
        extremes = {"min": population.min, "max": population.max}
        for key, extreme in extremes.items():
            self.equal(f"{place} {key}", found[key], extreme and extreme.value)
            self.equal(f"{place} arg{key}", found[f"arg{key}"], extreme and extreme.index)
            if f"arg{key}_tensor" in found:
                self.equal(f"{place} arg{key}_tensor", found[f"arg{key}_tensor"], extreme and extreme.tensor)
        largest = max(abs(extreme.value) for extreme in extremes.values()) if population.count else None
        self.equal(f"{place} abs_max", found["abs_max"], largest)

    def moments(self, place, found, population):
        if population.count == 0:
            for key in ("mean", "std", "l1", "l2", "rms", "skewness", "excess_kurtosis"):
                self.equal(f"{place} {key}", found[key], None)
            return
        expected = population.moments
        l1, squares, (m2, _, m4) = expected["l1"], population.square_sum, population.central_sums
        self.near(f"{place} mean", found["mean"], expected["mean"], 1e-15, l1 / population.count, through=[l1])
        self.near(f"{place} l1", found["l1"], l1, 1e-15)
        for key in ("l2", "rms", "std"):
            self.near(f"{place} {key}", found[key], expected[key], 1e-13, through=[squares, m2])
        for key in ("skewness", "excess_kurtosis"):
            scale = None if expected[key] is None else max(1, abs(expected[key]))
            self.near(f"{place} {key}", found[key], expected[key], 1e-10, scale, through=[squares, m2, m4])

    def intervals(self, place, found, population):
        self.equal(f"{place} asked for", [(one["low"], one["high"]) for one in found], self.options.intervals)
        for one in found:
            below, above = population.outside(one["low"], one["high"])
            self.equal(f"{place} {one['low']}:{one['high']}", (one["below"], one["above"]), (below, above))
            percent = 100 * (below + above) / population.size if population.size else None
            self.equal(f"{place} {one['low']}:{one['high']} percent", one["outside_percent"], percent)

    def quantiles(self, place, found, ordered, population, method):
        rows = found["values"]
        self.equal(f"{place} asked for", [row["q"] for row in rows], self.options.quantiles if len(ordered) else [])
        as_sure = SURENESS.index(found["method"]) >= SURENESS.index(method)
        self.check(f"{place} method", as_sure, found["method"], method)
        if not len(ordered):
            return
        truth = linear_quantiles(ordered, self.options.quantiles)
        for row, true in zip(rows, truth.tolist()):
            at, bounds = f"{place} {row['q']}", (row["low"], row["value"], row["high"])
            self.check(f"{at} order", row["low"] <= row["value"] <= row["high"], bounds, "low ≤ value ≤ high")
            if found["method"] == "exact":
                self.equal(at, bounds, (true, true, true))
            elif found["method"] == "reservoir":
                self.trials += 1
                self.misses += not row["low"] <= true <= row["high"]
            else:
                self.check(f"{at} bounds", row["low"] <= true <= row["high"], bounds, true)
        if found["method"] == "sketch" and len(population.dtypes) == 1:
            self.bucket_bounds(place, rows, ordered, *population.dtypes)

    def bucket_bounds(self, place, rows, ordered, dtype):
        """The bounds of a sketch lie in the buckets of the order statistics beside the quantile."""
        positions = (len(ordered) - 1) * np.array([row["q"] for row in rows])
        lower, _ = bucket_edges(dtype, ordered[np.floor(positions).astype(int)])
        _, upper = bucket_edges(dtype, ordered[np.ceil(positions).astype(int)])
        for row, low, high in zip(rows, lower, upper):
            found = (row["low"], row["high"])
            self.check(f"{place} {row['q']} bucket", low <= row["low"] and row["high"] <= high, found, (low, high))

    def histogram(self, place, found, population, method):
        ordered, counts = population.ordered, found["counts"]
        if not len(ordered):
            return self.equal(place, (found["low"], found["high"], counts), (None, None, []))
        low, high = self.options.range or (ordered[0], ordered[-1])
        self.equal(f"{place} range", (found["low"], found["high"], len(counts)), (low, high, self.options.bins))
        edges = bin_edges(low, high, self.options.bins)
        slots = [found["below"], *counts, found["above"]]
        truth = bin_counts(ordered, edges)
        self.equal(f"{place} sum", sum(slots), len(ordered))
        if found["exact"] or method == "exact":
            return self.equal(place, (found["exact"], slots), (True, truth))
        error = np.abs(np.array(slots) - np.array(truth))
        if method == "sketch" and len(population.dtypes) == 1:
            cut = cut_populations(*population.dtypes, ordered, edges)
            allowed = np.append(cut, 0) + np.append(0, cut)
            self.check(place, np.all(error <= allowed), slots, truth)
        else:
            off = np.abs(np.cumsum(np.array(slots) - np.array(truth))).max() / len(ordered)
            drawn = self.options.sample * len(ordered) / population.size  # of the slots, those of finite values
            limit = 3 / min(drawn, len(ordered)) ** 0.5
            self.check(f"{place} rank error", off <= limit, off, f"at most {limit}")

    def magnitude_histogram(self, place, found, population, method):
        counts, (least, truth) = found["counts"], population.exponents
        self.equal(f"{place} sum", sum(counts), sum(truth))
        if found["exact"] or method == "exact":
            return self.equal(place, (found["exact"], found["exponent_low"], counts), (True, least, truth))
        if method == "sketch" and len(population.dtypes) == 1:
            begin = max(sure_exponent(*population.dtypes), least)
            self.equal(f"{place} from 2^{begin}", counts[begin - found["exponent_low"] :], truth[begin - least :])
