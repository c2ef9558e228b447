// Keys of 32 bits that ascend with F32 values.
#pragma once

#include <bit>
#include <cstdint>

namespace weightsieve {

/// Ascends with the value of these bits; −0 and +0 share a key. Requires a number that is not NaN.
inline std::uint32_t float_key(std::uint32_t bits) noexcept {
  constexpr std::uint32_t sign = std::uint32_t{1} << 31;
  if (bits == sign) return sign;
  return (bits & sign) != 0 ? ~bits : bits | sign;
}

/// The value of a float_key.
inline double value_of_float_key(std::uint32_t key) noexcept {
  constexpr std::uint32_t sign = std::uint32_t{1} << 31;
  return static_cast<double>(std::bit_cast<float>((key & sign) != 0 ? key ^ sign : ~key));
}

}  // namespace weightsieve
