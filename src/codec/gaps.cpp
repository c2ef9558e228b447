#include "codec/gaps.hpp"

#include <bit>
#include <cstring>

#include "codec/bitmap.hpp"

namespace weightsieve::codec {
namespace {

constexpr std::uint64_t kContinued = 255;

// Of the set bits, or of the clear ones.
std::uint64_t marked(const std::byte* bitmap, std::size_t units, std::size_t word, bool flip) noexcept {
  const std::uint64_t bits = word_at(bitmap, units, word);
  if (!flip) return bits;
  const std::size_t left = units - word * 64;
  return left >= 64 ? ~bits : ~bits & ((std::uint64_t{1} << left) - 1);
}

class GapWriter {
 public:
  GapWriter(unsigned low_bits, std::byte* highs, std::byte* lows) noexcept
      : low_bits_(low_bits), highs_(highs), lows_(lows) {
    std::memset(lows_, 0, 8);
  }

  void add(std::uint64_t gap) noexcept {
    std::uint64_t high = gap >> low_bits_;
    for (; high >= kContinued; high -= kContinued)
      put(kContinued, 0);
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
  std::byte* highs_;
  std::byte* lows_;
  std::size_t count_ = 0;
};

}  // namespace

unsigned gap_low_bits(std::size_t units, std::size_t count) noexcept {
  const std::size_t mean = units / count;
  return mean <= 96 ? 0 : static_cast<unsigned>(std::bit_width(mean / 48)) - 1;
}

std::size_t gap_bytes_bound(std::size_t units, std::size_t count, unsigned low_bits) noexcept {
  return count + units / (kContinued << low_bits);
}

std::size_t write_gaps(const std::byte* bitmap, std::size_t units, bool flip, unsigned low_bits,
                       std::byte* highs, std::byte* lows) noexcept {
  GapWriter writer(low_bits, highs, lows);
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

bool read_gaps(const std::byte* highs, std::size_t high_count, const std::byte* lows, unsigned low_bits,
               std::size_t units, std::size_t count, bool flip, std::byte* bitmap) noexcept {
  std::uint64_t position = 0;
  std::size_t found = 0;
  for (std::size_t i = 0; i < high_count; ++i) {
    const auto high = std::to_integer<std::uint64_t>(highs[i]);
    const std::uint64_t low = low_bits ? bits_at(lows, high_count * low_bits, i * low_bits, low_bits) : 0;
    position += (high << low_bits) + low;
    if (high == kContinued) {
      if (low != 0) return false;
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
