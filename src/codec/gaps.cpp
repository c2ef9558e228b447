#include "codec/gaps.hpp"

#include <algorithm>
#include <bit>

#include "codec/bitmap.hpp"

namespace weightsieve::codec {
GapShape gap_shape(std::size_t units, std::size_t count) noexcept {
  constexpr std::size_t kMeanHigh = 48;
  const std::size_t mean = units / count;
  const unsigned low_bits =
      mean <= 2 * kMeanHigh ? 0 : static_cast<unsigned>(std::bit_width(mean / kMeanHigh)) - 1;
  return gap_shape(units, count, low_bits);
}

GapShape gap_shape(std::size_t units, std::size_t count, unsigned low_bits) noexcept {
  const std::size_t mean_high = (units / std::max<std::size_t>(count, 1)) >> low_bits;
  return {low_bits, static_cast<unsigned>(std::clamp<std::size_t>(5 * mean_high, 16, 255))};
}

std::size_t gap_bytes_bound(std::size_t units, std::size_t count, GapShape shape) noexcept {
  return count + units / (std::size_t{shape.limit} << shape.low_bits);
}

bool set_gaps(const Gaps& gaps, std::size_t units, std::size_t count, bool flip, std::byte* bitmap) noexcept {
  const unsigned low_bits = gaps.shape.low_bits;
  std::uint64_t position = 0;
  std::size_t found = 0;
  for (std::size_t i = 0; i < gaps.count; ++i) {
    const auto high = std::to_integer<std::uint64_t>(gaps.highs[i]);
    const std::uint64_t low =
        low_bits ? bits_at(gaps.lows, gaps.count * low_bits, i * low_bits, low_bits) : 0;
    position += (high << low_bits) + low;
    if (high >= gaps.shape.limit) {
      if (high > gaps.shape.limit || low != 0) return false;
      continue;
    }
    if (position >= units) return false;
    const auto bit = static_cast<std::byte>(1U << (position % 8));
    bitmap[position / 8] = flip ? bitmap[position / 8] & ~bit : bitmap[position / 8] | bit;
    ++position;
    ++found;
  }
  return found == count;
}

}  // namespace weightsieve::codec
