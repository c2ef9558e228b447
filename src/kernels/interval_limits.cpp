#include "kernels/interval_limits.hpp"

#include <cmath>
#include <limits>

namespace weightsieve::kernel {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

float least_float_from(double bound) noexcept {
  const auto nearest = static_cast<float>(bound);
  return nearest < bound ? std::nextafter(nearest, kInfinity) : nearest;
}

float greatest_float_to(double bound) noexcept { return -least_float_from(-bound); }

// 2^31, 2^32, 2^63 or 2^64: one beyond the greatest T, which a double need not hold.
template <typename T>
double one_beyond_max() noexcept {
  return std::ldexp(1.0, std::numeric_limits<T>::digits);
}

template <typename T>
IntervalLimits<T> integer_limits(double low, double high) noexcept {
  using Limits = std::numeric_limits<T>;
  const double beyond = one_beyond_max<T>();
  const auto least = static_cast<double>(Limits::min());
  const double first_inside = std::ceil(low);
  const double last_inside = std::floor(high);

  IntervalLimits<T> limits{};
  limits.any_below = first_inside > least;
  limits.any_above = last_inside < beyond && last_inside + 1 < beyond;
  limits.last_below = Limits::max();
  limits.first_above = Limits::min();
  if (limits.any_below && first_inside < beyond) {
    limits.last_below = static_cast<T>(static_cast<T>(first_inside) - 1);
  }
  if (limits.any_above && last_inside >= least) {
    limits.first_above = static_cast<T>(static_cast<T>(last_inside) + 1);
  }
  return limits;
}

}  // namespace

template <>
IntervalLimits<float> interval_limits<float>(double low, double high) noexcept {
  return {.low = least_float_from(low), .high = greatest_float_to(high)};
}

template <>
IntervalLimits<double> interval_limits<double>(double low, double high) noexcept {
  return {.low = low, .high = high};
}

template <>
IntervalLimits<std::int32_t> interval_limits<std::int32_t>(double low, double high) noexcept {
  return integer_limits<std::int32_t>(low, high);
}

template <>
IntervalLimits<std::uint32_t> interval_limits<std::uint32_t>(double low, double high) noexcept {
  return integer_limits<std::uint32_t>(low, high);
}

template <>
IntervalLimits<std::int64_t> interval_limits<std::int64_t>(double low, double high) noexcept {
  return integer_limits<std::int64_t>(low, high);
}

template <>
IntervalLimits<std::uint64_t> interval_limits<std::uint64_t>(double low, double high) noexcept {
  return integer_limits<std::uint64_t>(low, high);
}

}  // namespace weightsieve::kernel
