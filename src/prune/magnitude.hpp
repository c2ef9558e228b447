// |x| as unsigned numbers that ascend with it: in the dtype's own bits (a magnitude), and as the bits of the
// double |x| (a key), in which magnitudes of all dtypes compare. Pure functions; any thread.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve::prune {

/// The key of infinity. Every finite number's key is below.
inline constexpr std::uint64_t kInfinityKey = std::uint64_t{0x7FF} << 52;

/// Requires a number.
inline std::uint64_t key_of(double value) noexcept { return std::bit_cast<std::uint64_t>(std::fabs(value)); }

inline double value_of_key(std::uint64_t key) noexcept { return std::bit_cast<double>(key); }

/// The least magnitude of `dtype` that is not a finite number: those below are all finite.
std::uint64_t finite_magnitudes(Dtype dtype) noexcept;

/// Requires a finite magnitude.
std::uint64_t key_of_magnitude(Dtype dtype, std::uint64_t magnitude) noexcept;

/// The least magnitude whose key is at least `key`; finite_magnitudes() when none is.
std::uint64_t least_magnitude(Dtype dtype, std::uint64_t key) noexcept;

/// A code that is NaN though its magnitude is finite (minus zero of the FNUZ kinds), or −1.
int odd_nan(Dtype dtype) noexcept;

/// Low bits of a key that are 0 whatever the number of this dtype.
unsigned key_granularity_bits(Dtype dtype) noexcept;

/// Calls `f` with an unsigned integer as wide as the dtype's elements. Requires a prunable dtype.
template <class F>
decltype(auto) with_bits(Dtype dtype, F&& f) {
  switch (dtype_info(dtype).bits) {
    case 8:
      return f(std::uint8_t{});
    case 16:
      return f(std::uint16_t{});
    case 32:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

/// The bits of |x| where `bits` are those of x.
template <class Bits>
constexpr Bits magnitude_of(Bits bits) noexcept {
  return static_cast<Bits>(bits & static_cast<Bits>(Bits(~Bits{0}) >> 1));
}

}  // namespace weightsieve::prune
