// The gap loops of the PackTable, in plain C++ that gains from the instructions it is compiled for. Included
// by each object that makes a PackTable; nothing of std:: that would be a function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "weightsieve/kernels/pack.hpp"

namespace weightsieve::kernel {
namespace {

class GapWriter {
 public:
  GapWriter(GapShape shape, std::byte* highs, std::byte* lows) noexcept
      : shape_(shape), highs_(highs), lows_(lows) {
    std::memset(lows_, 0, 8);
  }

  void add(std::uint64_t gap) noexcept {
    std::uint64_t high = gap >> shape_.low_bits;
    for (; high >= shape_.limit; high -= shape_.limit)
      put(shape_.limit, 0);
    put(high, gap & ((std::uint64_t{1} << shape_.low_bits) - 1));
  }

  // For gaps below the limit, without low bits: a byte each.
  std::byte* room() noexcept { return highs_ + count_; }
  void skip(std::size_t gaps) noexcept { count_ += gaps; }

  std::size_t count() const noexcept { return count_; }

 private:
  void put(std::uint64_t high, std::uint64_t low) noexcept {
    highs_[count_] = static_cast<std::byte>(high);
    const std::size_t position = count_++ * shape_.low_bits;
    if (shape_.low_bits == 0) return;
    const std::uint64_t word = static_cast<std::uint64_t>(lows_[position / 8]) | low << (position % 8);
    std::memcpy(lows_ + position / 8, &word, sizeof word);
  }

  GapShape shape_;
  std::byte* highs_;
  std::byte* lows_;
  std::size_t count_ = 0;
};

// Up to 64 bits of a bitmap of `units`, those past the end clear.
inline std::uint64_t marked(const std::byte* bitmap, std::size_t units, std::size_t first,
                            bool flip) noexcept {
  const std::size_t left = units - first;
  std::uint64_t bits = 0;
  if (left >= 64) {
    std::memcpy(&bits, bitmap + first / 8, sizeof bits);
    return flip ? ~bits : bits;
  }
  std::memcpy(&bits, bitmap + first / 8, (left + 7) / 8);
  return (flip ? ~bits : bits) & ((std::uint64_t{1} << left) - 1);
}

inline std::size_t write_gaps(const std::byte* bitmap, std::size_t units, bool flip, GapShape shape,
                              std::byte* highs, std::byte* lows) noexcept {
  GapWriter writer(shape, highs, lows);
  std::size_t next = 0;
  for (std::size_t first = 0; first < units; first += 64) {
    for (std::uint64_t bits = marked(bitmap, units, first, flip); bits != 0; bits &= bits - 1) {
      const std::size_t position = first + static_cast<std::size_t>(__builtin_ctzll(bits));
      writer.add(position - next);
      next = position + 1;
    }
  }
  return writer.count();
}

// `count` bits, at most 16; reads no byte but those that hold them.
inline std::uint64_t low_at(const std::byte* lows, std::size_t position, unsigned count) noexcept {
  if (count == 0) return 0;
  const std::size_t first = position / 8, last = (position + count - 1) / 8;
  std::uint64_t word = 0;
  for (std::size_t i = first; i <= last; ++i)
    word |= static_cast<std::uint64_t>(lows[i]) << (8 * (i - first));
  return (word >> (position % 8)) & ((std::uint64_t{1} << count) - 1);
}

inline constexpr std::size_t kScatterGroup = 8;

// Whether a byte of eight is at least `limit` (1 to 255).
inline bool any_at_least(std::uint64_t bytes, std::uint64_t limit) noexcept {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101, kTops = 0x8080'8080'8080'8080;
  const std::uint64_t added =
      (bytes & ~kTops) + (128 - (limit & 127)) * kOnes;  // top bit: low 7 bits >= limit's
  return ((limit < 128 ? bytes | added : bytes & added) & kTops) != 0;
}

template <typename Unit>
struct Scatter {
  const std::byte* values;
  std::size_t count;
  const Gaps& gaps;
  std::size_t units;
  std::byte* out;
  std::size_t next = 0;  // gap
  std::size_t taken = 0;
  std::uint64_t position = 0;

  void put(std::uint64_t gap) noexcept {
    position += gap;
    std::memcpy(out + position * sizeof(Unit), values + taken * sizeof(Unit), sizeof(Unit));
    ++position;
    ++taken;
  }

  bool put_checked() noexcept {
    const unsigned low_bits = gaps.shape.low_bits;
    const std::uint64_t limit = gaps.shape.limit;
    const auto high = static_cast<std::uint64_t>(gaps.highs[next]);
    const std::uint64_t low = low_at(gaps.lows, next * low_bits, low_bits);
    const std::uint64_t gap = (high << low_bits) + low;
    ++next;
    if (high >= limit) {
      position += gap;
      return high == limit && low == 0;
    }
    if (position + gap >= units || taken >= count) return false;
    put(gap);
    return true;
  }

  // Eight gaps at a time where none is an escape, none leads out of `units`, and there are as many values.
  bool put_group() noexcept {
    const bool has_group = gaps.shape.low_bits == 0 && next + kScatterGroup <= gaps.count &&
                           taken + kScatterGroup <= count && position + kScatterGroup * 256 <= units;
    if (!has_group) return false;
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, gaps.highs + next, sizeof bytes);
    if (any_at_least(bytes, gaps.shape.limit)) return false;
    for (unsigned i = 0; i < kScatterGroup; ++i)
      put((bytes >> (8 * i)) & 0xFF);
    next += kScatterGroup;
    return true;
  }

  bool run() noexcept {
    while (next < gaps.count)
      if (!put_group() && !put_checked()) return false;
    return taken == count;
  }
};

template <typename Unit>
bool scatter(const std::byte* values, std::size_t count, const Gaps& gaps, std::size_t units,
             std::byte* out) noexcept {
  if (units != 0) std::memset(out, 0, units * sizeof(Unit));  // of no units, `out` may be null
  return Scatter<Unit>{values, count, gaps, units, out}.run();
}

}  // namespace
}  // namespace weightsieve::kernel
