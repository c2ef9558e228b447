// Bits in bytes, least significant first, read a few at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weightsieve::codec {

constexpr std::size_t bitmap_bytes(std::size_t units) noexcept { return (units + 7) / 8; }

/// `count` (at most 57) of the `units` bits, beginning at `position`; those past the end are clear.
inline std::uint64_t bits_at(const std::byte* bitmap, std::size_t units, std::size_t position,
                             std::size_t count) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bitmap + position / 8, std::min<std::size_t>(8, bitmap_bytes(units) - position / 8));
  return (word >> (position % 8)) & ((std::uint64_t{1} << count) - 1);
}

/// Bits [64 × word, 64 × word + 64), those past the end clear.
inline std::uint64_t word_at(const std::byte* bitmap, std::size_t units, std::size_t word) noexcept {
  std::uint64_t bits = 0;
  std::memcpy(&bits, bitmap + word * 8, std::min<std::size_t>(8, bitmap_bytes(units) - word * 8));
  return bits;
}

/// Clears every bit, or sets those of the `units` first.
inline void clear_bitmap(std::byte* bitmap, std::size_t units, bool to_ones) noexcept {
  std::memset(bitmap, to_ones ? 0xFF : 0, bitmap_bytes(units));
  if (to_ones && units % 8 != 0) bitmap[units / 8] = static_cast<std::byte>((1U << (units % 8)) - 1);
}

}  // namespace weightsieve::codec
