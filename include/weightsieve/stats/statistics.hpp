// The statistics of one tensor, or of all parameters of a checkpoint: plain values, finished.
//
// Counts cover every value; extremes, sums, moments, quantiles and histograms cover the finite ones;
// intervals count infinities as beyond and NaN as nothing. What does not exist is an empty optional, and so
// is a moment whose powers do not fit a double (F64 beyond about 1e±77 has no kurtosis, beyond 1e±154 no
// std).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/tensor/number.hpp"

namespace weightsieve {

struct ValueCounts {
  std::uint64_t zero = 0;  ///< of both signs
  std::uint64_t negative_zero = 0;
  std::uint64_t negative = 0;  ///< with -infinity
  std::uint64_t positive = 0;  ///< with +infinity
  std::uint64_t nan = 0;
  std::uint64_t positive_infinity = 0;
  std::uint64_t negative_infinity = 0;
  std::uint64_t subnormal = 0;

  std::uint64_t values() const noexcept { return zero + negative + positive + nan; }
  std::uint64_t finite() const noexcept {
    return zero + negative + positive - positive_infinity - negative_infinity;
  }
  ValueCounts& operator+=(const ValueCounts& other) noexcept;
  friend bool operator==(const ValueCounts&, const ValueCounts&) = default;
};

/// The least or the greatest finite value and where it first stands.
struct Extreme {
  Number value;
  std::uint64_t index = 0;  ///< flat index (C64: of the element)
  std::string tensor;       ///< only in totals
};

/// Closed interval [low, high] and how many values lie outside.
struct IntervalCount {
  double low = 0;
  double high = 0;
  std::uint64_t below = 0;
  std::uint64_t above = 0;
};

enum class QuantileMethod : std::uint8_t { exact, sketch, reservoir };
std::string_view to_string(QuantileMethod method) noexcept;
std::optional<QuantileMethod> quantile_method_from_name(std::string_view name) noexcept;

/// numpy's `linear` definition over the finite values as float64; low ≤ true value ≤ high.
struct Quantile {
  double q = 0;
  double value = 0;
  double low = 0;
  double high = 0;
};

/// `values` is empty when there is no finite value.
struct QuantileSet {
  QuantileMethod method = QuantileMethod::exact;
  std::vector<Quantile> values;
};

/// Equal bins from low to high, the last one closed; counts is empty when there is no finite value.
struct Histogram {
  bool exact = true;
  double low = 0;
  double high = 0;
  std::uint64_t below = 0;
  std::uint64_t above = 0;
  std::vector<std::uint64_t> counts;
};

/// counts[i] = values with 2^(exponent_low + i) ≤ |x| < 2^(exponent_low + i + 1); zeros are left out.
struct MagnitudeHistogram {
  bool exact = true;
  int exponent_low = 0;
  std::vector<std::uint64_t> counts;
};

struct Statistics {
  ValueCounts counts;
  std::optional<Extreme> min;
  std::optional<Extreme> max;
  std::optional<double> mean, std, l1, l2, rms, skewness, excess_kurtosis;
  std::vector<IntervalCount> intervals;
  QuantileSet quantiles;
  QuantileSet magnitude_quantiles;
  Histogram histogram;
  MagnitudeHistogram magnitude_histogram;

  /// The larger magnitude of min and max.
  std::optional<Number> abs_max() const;
  /// 100 × (below + above) / values; nothing without values.
  std::optional<double> outside_percent(const IntervalCount& interval) const;
};

}  // namespace weightsieve
