// The part of a profile file that is the same for a tensor and for the totals.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profile/json_reader.hpp"
#include "weightsieve/stats/statistics.hpp"

namespace weightsieve {

/// A member that follows from others and is not kept: only its kind is checked.
struct Derived {};
void read(JsonValue value, Derived& into);

/// Bounds of an interval: null stands for the infinity on its side.
void read(JsonValue value, std::pair<double, double>& into);

/// An extreme as its members are read, one by one.
struct ExtremeDraft {
  std::optional<Number> value;
  std::optional<std::uint64_t> index;
  std::optional<std::string> tensor;
};

struct StatisticsDraft {
  Statistics statistics;
  ExtremeDraft min, max;
  Derived abs_max;

  auto fields() {
    Statistics& s = statistics;
    return weightsieve::fields(
        field("counts", s.counts), field("min", min.value), field("argmin", min.index),
        field("max", max.value), field("argmax", max.index), field("abs_max", abs_max), field("mean", s.mean),
        field("std", s.std), field("l1", s.l1), field("l2", s.l2), field("rms", s.rms),
        field("skewness", s.skewness), field("excess_kurtosis", s.excess_kurtosis),
        field("intervals", s.intervals), field("quantiles", s.quantiles),
        field("magnitude_quantiles", s.magnitude_quantiles), field("histogram", s.histogram),
        field("magnitude_histogram", s.magnitude_histogram));
  }

  /// Only in totals.
  auto place_fields() {
    return weightsieve::fields(field("argmin_tensor", min.tensor), field("argmax_tensor", max.tensor));
  }

  /// The statistics once all members of `object` were read.
  Statistics finish(const JsonValue& object);
};

void read(JsonValue value, ValueCounts& into);
void read(JsonValue value, IntervalCount& into);
void read(JsonValue value, QuantileMethod& into);
void read(JsonValue value, Quantile& into);
void read(JsonValue value, QuantileSet& into);
void read(JsonValue value, Histogram& into);
void read(JsonValue value, MagnitudeHistogram& into);

}  // namespace weightsieve
