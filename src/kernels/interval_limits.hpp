// The bounds of an interval in the type of the values, so that comparing natively decides as comparing the
// real numbers would. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/load.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::kernel {

/// Floats: x is below when x < low and above when x > high, where low is the least T that is no less than the
/// bound and high the greatest that is no greater (infinities included).
template <typename T, bool = std::is_floating_point_v<T>>
struct IntervalLimits {
  T low;
  T high;

  bool is_below(T x) const noexcept { return x < low; }
  bool is_above(T x) const noexcept { return x > high; }
};

/// Integers: x is below when x ≤ last_below, unless no T can be; above likewise.
template <typename T>
struct IntervalLimits<T, false> {
  bool any_below;
  bool any_above;
  T last_below;
  T first_above;
};

/// The limits of the interval [low, high]. Requires bounds that are not NaN.
template <typename T>
IntervalLimits<T> interval_limits(double low, double high) noexcept;

/// How many values `test` holds for.
template <typename T, typename Test>
std::uint64_t count_where(const std::byte* data, std::size_t values, Test test) noexcept {
  using Count = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;  // as wide, for vector code
  Count count = 0;
  for (std::size_t i = 0; i < values; ++i)
    count += test(load<T>(data, i));
  return count;
}

/// below[i] and above[i] += how many values lie outside interval i.
template <typename T>
void count_outside(const std::byte* data, std::size_t values, const IntervalBounds& bounds,
                   std::uint64_t* below, std::uint64_t* above) noexcept {
  for (std::size_t i = 0; i < bounds.count; ++i) {
    const IntervalLimits<T> limits = interval_limits<T>(bounds.low[i], bounds.high[i]);
    if constexpr (std::is_floating_point_v<T>) {
      below[i] += count_where<T>(data, values, [=](T x) { return limits.is_below(x); });
      above[i] += count_where<T>(data, values, [=](T x) { return limits.is_above(x); });
    } else {
      if (limits.any_below)
        below[i] += count_where<T>(data, values, [=](T x) { return x <= limits.last_below; });
      if (limits.any_above)
        above[i] += count_where<T>(data, values, [=](T x) { return x >= limits.first_above; });
    }
  }
}

}  // namespace weightsieve::kernel
