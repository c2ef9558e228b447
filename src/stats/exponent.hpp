// The binary exponent of a double.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace weightsieve {

/// ⌊log₂ |value|⌋ as std::ilogb gives it, without its call. Requires a finite value other than zero.
inline int exponent_of(double value) noexcept {
  constexpr int kBias = 1023;
  const auto biased = static_cast<int>(std::bit_cast<std::uint64_t>(value) >> 52 & 0x7FF);
  return biased != 0 ? biased - kBias : std::ilogb(value);
}

}  // namespace weightsieve
