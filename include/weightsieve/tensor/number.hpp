// A number as a tensor stores it: 64-bit integers stay exact beyond 2^53. A plain value.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <variant>

namespace weightsieve {

class Number {
 public:
  constexpr Number() noexcept = default;
  constexpr explicit Number(double value) noexcept : value_(value) {}
  constexpr explicit Number(std::int64_t value) noexcept : value_(value) {}
  constexpr explicit Number(std::uint64_t value) noexcept : value_(value) {}

  /// The nearest double.
  double as_double() const noexcept;

  /// Distance from zero; exact for -2^63 too.
  Number magnitude() const noexcept;

  /// Shortest text that reads back the same: all digits of an integer, shortest() of a double.
  std::string text() const;

  bool is_integer() const noexcept { return !std::holds_alternative<double>(value_); }

  /// Compares the real numbers, whatever stores them: no rounding to a common type. NaN is unordered.
  friend std::partial_ordering operator<=>(const Number& a, const Number& b) noexcept;
  friend bool operator==(const Number& a, const Number& b) noexcept { return (a <=> b) == 0; }

 private:
  std::variant<double, std::int64_t, std::uint64_t> value_ = 0.0;
};

}  // namespace weightsieve
