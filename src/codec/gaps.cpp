#include "codec/gaps.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "codec/bitmap.hpp"

namespace weightsieve::codec {
namespace {

// Of the set bits, or of the clear ones.
std::uint64_t marked(const std::byte* bitmap, std::size_t units, std::size_t word, bool flip) noexcept {
  const std::uint64_t bits = word_at(bitmap, units, word);
  if (!flip) return bits;
  const std::size_t left = units - word * 64;
  return left >= 64 ? ~bits : ~bits & ((std::uint64_t{1} << left) - 1);
}

class GapWriter {
 public:
  GapWriter(GapShape shape, std::byte* highs, std::byte* lows) noexcept
      : low_bits_(shape.low_bits), limit_(shape.limit), highs_(highs), lows_(lows) {
    std::memset(lows_, 0, 8);
  }

  void add(std::uint64_t gap) noexcept {
    std::uint64_t high = gap >> low_bits_;
    for (; high >= limit_; high -= limit_)
      put(limit_, 0);
    put(high, gap & ((std::uint64_t{1} << low_bits_) - 1));
  }

  std::size_t count() const noexcept { return count_; }

 private:
  void put(std::uint64_t high, std::uint64_t low) noexcept {
    highs_[count_] = static_cast<std::byte>(high);
    const std::size_t position = count_++ * low_bits_;
    auto* const byte = lows_ + position / 8;
    const std::uint64_t word = std::to_integer<std::uint64_t>(*byte) | low << (position % 8);
    std::memcpy(byte, &word, sizeof word);
  }

  unsigned low_bits_;
  std::uint64_t limit_;
  std::byte* highs_;
  std::byte* lows_;
  std::size_t count_ = 0;
};

}  // namespace

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

std::size_t write_gaps(const std::byte* bitmap, std::size_t units, bool flip, GapShape shape,
                       std::byte* highs, std::byte* lows) noexcept {
  GapWriter writer(shape, highs, lows);
  std::size_t next = 0;
  for (std::size_t word = 0; word * 64 < units; ++word) {
    for (std::uint64_t bits = marked(bitmap, units, word, flip); bits != 0; bits &= bits - 1) {
      const std::size_t position = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
      writer.add(position - next);
      next = position + 1;
    }
  }
  return writer.count();
}

bool read_gaps(const std::byte* highs, std::size_t high_count, const std::byte* lows, GapShape shape,
               std::size_t units, std::size_t count, bool flip, std::byte* bitmap) noexcept {
  const unsigned low_bits = shape.low_bits;
  std::uint64_t position = 0;
  std::size_t found = 0;
  for (std::size_t i = 0; i < high_count; ++i) {
    const auto high = std::to_integer<std::uint64_t>(highs[i]);
    const std::uint64_t low = low_bits ? bits_at(lows, high_count * low_bits, i * low_bits, low_bits) : 0;
    position += (high << low_bits) + low;
    if (high >= shape.limit) {
      if (high > shape.limit || low != 0) return false;
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
