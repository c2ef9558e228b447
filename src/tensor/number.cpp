#include "weightsieve/tensor/number.hpp"

#include <cmath>
#include <utility>

#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

/// Compares an integer of either signedness with a finite or infinite double as real numbers.
template <class Integer>
std::partial_ordering compare(Integer integer, double real) noexcept {
  if (std::isnan(real)) return std::partial_ordering::unordered;
  constexpr double limit = std::is_signed_v<Integer> ? 0x1p63 : 0x1p64;
  constexpr double least = std::is_signed_v<Integer> ? -0x1p63 : 0.0;
  if (real >= limit) return std::partial_ordering::less;
  if (real < least) return std::partial_ordering::greater;
  const double whole = std::floor(real);
  const auto floor = static_cast<Integer>(whole);
  if (integer != floor) return integer <=> floor;
  return whole < real ? std::partial_ordering::less : std::partial_ordering::equivalent;
}

std::partial_ordering compare(double a, double b) noexcept { return a <=> b; }

template <class Integer>
std::partial_ordering compare(double real, Integer integer) noexcept {
  return 0 <=> compare(integer, real);
}

template <class A, class B>
requires std::is_integral_v<A> && std::is_integral_v<B> std::partial_ordering compare(A a, B b)
noexcept {
  if (std::cmp_less(a, b)) return std::partial_ordering::less;
  return std::cmp_equal(a, b) ? std::partial_ordering::equivalent : std::partial_ordering::greater;
}

}  // namespace

double Number::as_double() const noexcept {
  return std::visit([](auto value) { return static_cast<double>(value); }, value_);
}

Number Number::magnitude() const noexcept {
  if (const auto* real = std::get_if<double>(&value_)) return Number(std::fabs(*real));
  if (const auto* integer = std::get_if<std::int64_t>(&value_)) {
    const auto bits = static_cast<std::uint64_t>(*integer);
    return Number(*integer < 0 ? 0 - bits : bits);
  }
  return *this;
}

std::string Number::text() const {
  if (const auto* real = std::get_if<double>(&value_)) return shortest(*real);
  return std::visit([](auto value) { return std::to_string(value); }, value_);
}

std::partial_ordering operator<=>(const Number& a, const Number& b) noexcept {
  return std::visit([](auto x, auto y) { return compare(x, y); }, a.value_, b.value_);
}

}  // namespace weightsieve
