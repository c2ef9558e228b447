#include "format/masked_product.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "weightsieve/tensor/code_value.hpp"

namespace weightsieve::format {
namespace {

/// Of a binary floating-point type in 16 bits.
struct Narrow {
  Dtype dtype;
  int mantissa_bits;
  int least_exponent;  ///< of a normal number
  std::uint32_t infinity;
};

constexpr Narrow kF16{Dtype::F16, 10, -14, 0x7c00};
constexpr Narrow kBf16{Dtype::BF16, 7, -126, 0x7f80};

/// The nearest number, ties to the even one.
std::uint16_t rounded(const Narrow& type, double value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  if (std::isnan(value)) return static_cast<std::uint16_t>(type.infinity | 1U << (type.mantissa_bits - 1));
  if (value == 0) return sign;
  if (std::isinf(value)) return static_cast<std::uint16_t>(sign | type.infinity);
  const int exponent = std::max(std::ilogb(value), type.least_exponent);
  // A unit in the last place, of which the number has so many; what carries goes on into the exponent.
  const double units = std::nearbyint(std::ldexp(std::fabs(value), type.mantissa_bits - exponent));
  const auto biased = static_cast<std::uint32_t>(exponent - type.least_exponent) << type.mantissa_bits;
  const std::uint32_t code = biased + static_cast<std::uint32_t>(units);
  return static_cast<std::uint16_t>(sign | std::min(code, type.infinity));
}

std::uint16_t product(const Narrow& type, std::uint16_t weight, double mask) {
  if (mask == 1) return weight;
  return rounded(type, code_value(type.dtype, weight) * mask);
}

float product(float weight, double mask) { return weight * static_cast<float>(mask); }
double product(double weight, double mask) { return weight * mask; }

/// A mask's elements as numbers.
double mask_value(Dtype dtype, const std::byte* at) {
  switch (dtype) {
    case Dtype::F64:
      return load<double>(at);
    case Dtype::F32:
      return load<float>(at);
    case Dtype::F16:
    case Dtype::BF16:
      return code_value(dtype, load<std::uint16_t>(at));
    default:
      return code_value(dtype, std::to_integer<std::uint8_t>(*at));
  }
}

template <class T, class Multiply>
void multiply_each(Bytes weights, Dtype mask_dtype, Bytes mask, std::span<std::byte> out,
                   const Multiply& multiply) {
  const std::size_t width = dtype_info(mask_dtype).bits / 8;
  for (std::size_t i = 0; i < out.size() / sizeof(T); ++i) {
    const T value =
        multiply(load<T>(weights.data() + i * sizeof(T)), mask_value(mask_dtype, mask.data() + i * width));
    std::memcpy(out.data() + i * sizeof(T), &value, sizeof(T));
  }
}

/// The usual case, which compilers make wide.
void multiply_floats(Bytes weights, Bytes mask, std::span<std::byte> out) {
  for (std::size_t at = 0; at < out.size(); at += sizeof(float)) {
    const float value = load<float>(weights.data() + at) * load<float>(mask.data() + at);
    std::memcpy(out.data() + at, &value, sizeof(float));
  }
}

bool is_byte(Dtype dtype) noexcept { return dtype == Dtype::BOOL || dtype == Dtype::U8; }

}  // namespace

bool can_be_masked(Dtype dtype, Dtype mask) noexcept {
  const bool is_float =
      dtype == Dtype::F64 || dtype == Dtype::F32 || dtype == Dtype::F16 || dtype == Dtype::BF16;
  return is_float && (mask == dtype || is_byte(mask));
}

void multiply_by_mask(Dtype dtype, Bytes weights, Dtype mask_dtype, Bytes mask, std::span<std::byte> out) {
  const auto narrow = [](const Narrow& type) {
    return [&type](std::uint16_t weight, double value) { return product(type, weight, value); };
  };
  const auto wide = [](auto weight, double value) { return product(weight, value); };
  switch (dtype) {
    case Dtype::F64:
      return multiply_each<double>(weights, mask_dtype, mask, out, wide);
    case Dtype::F16:
      return multiply_each<std::uint16_t>(weights, mask_dtype, mask, out, narrow(kF16));
    case Dtype::BF16:
      return multiply_each<std::uint16_t>(weights, mask_dtype, mask, out, narrow(kBf16));
    default:
      if (mask_dtype == Dtype::F32) return multiply_floats(weights, mask, out);
      return multiply_each<float>(weights, mask_dtype, mask, out, wide);
  }
}

}  // namespace weightsieve::format
