// What the block types of ggml have in common: scales of 16 bits, and numbers of a few bits in bytes. Pure
// functions; any thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "weightsieve/base/bytes.hpp"

namespace weightsieve::codec {

inline std::uint8_t byte_at(const std::byte* block, std::size_t at) noexcept {
  return std::to_integer<std::uint8_t>(block[at]);
}

inline std::int8_t signed_at(const std::byte* block, std::size_t at) noexcept {
  return static_cast<std::int8_t>(byte_at(block, at));
}

/// An IEEE 754 binary16, which every F32 holds exactly.
inline float half_at(const std::byte* block, std::size_t at) noexcept {
  const std::uint32_t half = load<std::uint16_t>(block + at);
  const std::uint32_t sign = (half & 0x8000U) << 16;
  const std::uint32_t rest = half & 0x7FFFU;
  if (rest >= 0x7C00U) return std::bit_cast<float>(sign | 0x7F80'0000U | (rest & 0x3FFU) << 13);
  // Moved to the exponent's place and scaled by 2^112: subnormal numbers come out normal.
  const float scaled = std::bit_cast<float>(rest << 13) * 0x1p112F;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(scaled));
}

/// Of `kBits`-bit numbers that stand in runs of `kRun` bytes, `kRun` in the lowest bits of its bytes, as many
/// in the next ones, and so on: calls put(i, number) for all kCount of them in order.
template <unsigned kBits, std::size_t kRun, std::size_t kCount, class Put>
void for_each_packed(const std::byte* bytes, Put put) noexcept {
  constexpr unsigned kMask = (1U << kBits) - 1;
  std::size_t i = 0;
  for (std::size_t run = 0; i < kCount; ++run)
    for (unsigned shift = 0; shift < 8; shift += kBits)
      for (std::size_t j = 0; j < kRun; ++j, ++i)
        put(i, (byte_at(bytes, run * kRun + j) >> shift) & kMask);
}

}  // namespace weightsieve::codec
