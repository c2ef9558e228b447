#include "weightsieve/tensor/code_value.hpp"

#include <cmath>
#include <limits>

namespace weightsieve {
namespace {

enum class Specials : std::uint8_t {
  ieee,            ///< largest exponent: infinity (mantissa 0) or NaN
  nan_all_ones,    ///< only S.1…1.1…1 is NaN, no infinity
  nan_minus_zero,  ///< only the pattern of minus zero is NaN, no infinity
  none
};

/// A small binary floating-point format: sign, `exponent_bits`, `mantissa_bits`, most significant first.
struct FloatFormat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  Specials specials;

  constexpr std::uint32_t mantissa(std::uint32_t code) const { return code & ((1u << mantissa_bits) - 1); }
  constexpr std::uint32_t exponent(std::uint32_t code) const {
    return code >> mantissa_bits & ((1u << exponent_bits) - 1);
  }
  constexpr bool negative(std::uint32_t code) const {
    return (code >> (mantissa_bits + exponent_bits) & 1) != 0;
  }
};

constexpr FloatFormat format_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::F16:
      return {5, 10, 15, Specials::ieee};
    case Dtype::BF16:
      return {8, 7, 127, Specials::ieee};
    case Dtype::F8_E5M2:
      return {5, 2, 15, Specials::ieee};
    case Dtype::F8_E4M3:
      return {4, 3, 7, Specials::nan_all_ones};
    case Dtype::F8_E4M3FNUZ:
      return {4, 3, 8, Specials::nan_minus_zero};
    case Dtype::F8_E5M2FNUZ:
      return {5, 2, 16, Specials::nan_minus_zero};
    default:
      return {2, 1, 1, Specials::none};  // F4
  }
}

double float_value(const FloatFormat& format, std::uint32_t code) {
  const std::uint32_t exponent = format.exponent(code);
  const std::uint32_t mantissa = format.mantissa(code);
  const bool negative = format.negative(code);
  const std::uint32_t top_exponent = (1u << format.exponent_bits) - 1;
  const std::uint32_t top_mantissa = (1u << format.mantissa_bits) - 1;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (format.specials == Specials::ieee && exponent == top_exponent) {
    return mantissa != 0 ? nan : negative ? -infinity : infinity;
  }
  if (format.specials == Specials::nan_all_ones && exponent == top_exponent && mantissa == top_mantissa)
    return nan;
  if (format.specials == Specials::nan_minus_zero && negative && exponent == 0 && mantissa == 0) return nan;
  const bool normal = exponent != 0;
  const double significand = mantissa + (normal ? static_cast<double>(1u << format.mantissa_bits) : 0.0);
  const int scale = static_cast<int>(normal ? exponent : 1) - format.bias - format.mantissa_bits;
  const double magnitude = std::ldexp(significand, scale);
  return negative ? -magnitude : magnitude;
}

}  // namespace

double code_value(Dtype dtype, std::uint32_t code) noexcept {
  switch (dtype) {
    case Dtype::BOOL:
      return code != 0 ? 1 : 0;
    case Dtype::U8:
    case Dtype::U16:
      return code;
    case Dtype::I8:
      return static_cast<std::int8_t>(code);
    case Dtype::I16:
      return static_cast<std::int16_t>(code);
    case Dtype::F8_E8M0:
      return code == 0xFF ? std::numeric_limits<double>::quiet_NaN()
                          : std::ldexp(1.0, static_cast<int>(code) - 127);
    default:
      return float_value(format_of(dtype), code);
  }
}

bool is_subnormal_code(Dtype dtype, std::uint32_t code) noexcept {
  if (dtype_info(dtype).kind != ValueKind::floating || dtype == Dtype::F8_E8M0) return false;
  const FloatFormat format = format_of(dtype);
  return format.exponent(code) == 0 && format.mantissa(code) != 0;
}

}  // namespace weightsieve
