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
  std::memcpy(&bits, bitmap + first / 8, left >= 64 ? 8 : (left + 7) / 8);
  if (flip) bits = ~bits;
  return left >= 64 ? bits : bits & ((std::uint64_t{1} << left) - 1);
}

std::size_t write_gaps(const std::byte* bitmap, std::size_t units, bool flip, GapShape shape,
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

template <typename Unit>
bool scatter(const std::byte* values, std::size_t count, const Gaps& gaps, std::size_t units,
             std::byte* out) noexcept {
  std::memset(out, 0, units * sizeof(Unit));
  const unsigned low_bits = gaps.shape.low_bits;
  const std::uint64_t limit = gaps.shape.limit;
  std::uint64_t position = 0;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < gaps.count; ++i) {
    const auto high = static_cast<std::uint64_t>(gaps.highs[i]);
    const std::uint64_t low = low_at(gaps.lows, i * low_bits, low_bits);
    position += (high << low_bits) + low;
    if (high >= limit) {
      if (high > limit || low != 0) return false;
      continue;
    }
    if (position >= units || taken >= count) return false;
    std::memcpy(out + position * sizeof(Unit), values + taken * sizeof(Unit), sizeof(Unit));
    ++position;
    ++taken;
  }
  return taken == count;
}

}  // namespace
}  // namespace weightsieve::kernel
