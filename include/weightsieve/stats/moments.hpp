// Sums and central moments of finite values, joined exactly enough that neither chunk size nor a large mean
// shows. A plain value; merge() is associative up to rounding, so callers merge in chunk order.
#pragma once

#include <cstdint>
#include <span>

namespace weightsieve {

struct WideSummary;

/// An unevaluated sum of two doubles, |low| ≤ ulp(high)/2: about 106 bits.
struct DoubleDouble {
  double high = 0;
  double low = 0;

  /// Adds one double; the rounding error is kept (Knuth's TwoSum).
  void add(double value) noexcept;
  /// Adds the product of two doubles without losing its low half.
  void add_product(double a, double b) noexcept;
  double value() const noexcept { return high + low; }
};

/// A value and how often it occurs.
struct WeightedValue {
  double value = 0;
  std::uint64_t count = 0;
};

struct Moments {
  std::uint64_t count = 0;  ///< finite values
  DoubleDouble sum;         ///< Σx
  DoubleDouble absolute;    ///< Σ|x|
  DoubleDouble m2, m3, m4;  ///< Σ(x − mean)^p
  DoubleDouble
      centre;  ///< that mean, so well that values a few units in their last place apart have a spread

  /// Joins two disjoint sets of values: Pébay, "Formulas for robust, one-pass parallel computation of
  /// covariances and arbitrary-order statistical moments", SAND2008-6212, 2008, equations 3.1 for p = 2,
  /// 3, 4.
  void merge(const Moments& other) noexcept;

  /// The mean as precisely as `sum` has it.
  DoubleDouble mean() const noexcept;
};

Moments moments_of(const WideSummary& chunk) noexcept;

/// Of weighted values, in two passes over them: exact to a few units in the last place of a double.
Moments moments_of(std::span<const WeightedValue> values) noexcept;

}  // namespace weightsieve
