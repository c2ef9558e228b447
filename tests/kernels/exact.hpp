// Exact arithmetic over values as integers, independent of the library: every float is an integer multiple of
// the least subnormal, every sum of them an integer of Boost.Multiprecision.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace exact {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

/// Exponent of the unit in which a T is an integer.
template <typename T>
constexpr int unit_exponent() {
  if constexpr (std::is_integral_v<T>) {
    return 0;
  } else {
    return std::is_same_v<T, float> ? -149 : -1074;
  }
}

inline Integer from_double(double value, int unit) {
  int exponent = 0;
  const double mantissa = std::frexp(value, &exponent);
  Integer integer = static_cast<std::int64_t>(std::ldexp(mantissa, 53));
  const int shift = exponent - 53 - unit;
  if (shift >= 0) return integer << static_cast<unsigned>(shift);
  return integer / (Integer(1) << static_cast<unsigned>(-shift));  // exact: the value is a multiple of 2^unit
}

template <typename T>
Integer to_integer(T value) {
  if constexpr (std::is_integral_v<T>) {
    return Integer(value);
  } else {
    return from_double(static_cast<double>(value), unit_exponent<T>());
  }
}

inline Rational rational(double value) {
  const Rational scaled(from_double(value, -1100));
  return scaled / Rational(Integer(1) << 1100U);
}

/// 2^unit as a rational.
template <typename T>
Rational unit() {
  return Rational(1) / Rational(Integer(1) << static_cast<unsigned>(-unit_exponent<T>()));
}

struct Sums {
  Integer sum = 0, absolute = 0;  ///< in units of 2^unit
  std::uint64_t count = 0;
};

template <typename T>
bool is_finite(T value) {
  if constexpr (std::is_integral_v<T>) {
    return true;
  } else {
    return std::isfinite(value);
  }
}

template <typename T>
Sums sums(const std::vector<T>& values) {
  Sums total;
  for (const T value : values) {
    if (!is_finite(value)) continue;
    const Integer x = to_integer(value);
    total.sum += x;
    total.absolute += abs(x);
    ++total.count;
  }
  return total;
}

struct Moments {
  Rational mean, m2, m3, m4;
};

/// Σ(x − mean)^p, as a ratio of integers: with y = n x − Σx, Σ(x − mean)^p = Σ y^p / n^p.
template <typename T>
Moments moments(const std::vector<T>& values) {
  const Sums total = sums(values);
  const Integer n = total.count;
  Integer y2 = 0, y3 = 0, y4 = 0;
  for (const T value : values) {
    if (!is_finite(value)) continue;
    const Integer y = n * to_integer(value) - total.sum;
    const Integer square = y * y;
    y2 += square;
    y3 += square * y;
    y4 += square * square;
  }
  const Rational u = unit<T>();
  return {.mean = Rational(total.sum, n) * u,
          .m2 = Rational(y2, n * n) * u * u,
          .m3 = Rational(y3, n * n * n) * u * u * u,
          .m4 = Rational(y4, n * n * n * n) * u * u * u * u};
}

}  // namespace exact
