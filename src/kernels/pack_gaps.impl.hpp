// Gaps between marks out of BMI2 and AVX2. Included by pack_<name>.cpp alone, as pack.impl.hpp says.
#pragma once

#include "kernels/gaps.impl.hpp"
#include "kernels/pack_words.impl.hpp"

namespace weightsieve::kernel {
namespace {

inline constexpr std::size_t kGapBlock = 4096;  // units whose marks are listed before their gaps are written
inline constexpr std::size_t kGapGroup = 16;

// Where bits are set, from `at` on; returns how many. Eight at a time, as compact_few().
inline std::size_t list_marks(Word marks, std::size_t at, std::uint16_t* positions) noexcept {
  const unsigned found = set_bits(marks);
  unsigned listed = 0;
  do {
    for (unsigned i = listed; i < listed + 8; ++i) {
      positions[i] = static_cast<std::uint16_t>(at + first_bit(marks));
      marks &= marks - 1;
    }
    listed += 8;
  } while (listed < found);
  return found;
}

// The gaps before 16 positions; false, with nothing written, where one is not below the limit.
inline bool add_gap_group(const std::uint16_t* positions, __m128i limit, GapWriter& writer) noexcept {
  const auto* const here = reinterpret_cast<const std::byte*>(positions);
  const __m256i steps = _mm256_sub_epi16(load256(here), load256(here - sizeof *positions));
  const __m256i gaps = _mm256_sub_epi16(steps, _mm256_set1_epi16(1));
  const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(gaps), _mm256_extracti128_si256(gaps, 1));
  if (_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(bytes, limit), bytes)) != 0) return false;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(writer.room()), bytes);
  writer.skip(kGapGroup);
  return true;
}

// All but the first.
inline void add_gaps(const std::uint16_t* positions, std::size_t count, GapShape shape,
                     GapWriter& writer) noexcept {
  const __m128i limit = _mm_set1_epi8(static_cast<char>(shape.limit));
  for (std::size_t i = 1; i < count;) {
    if (shape.low_bits == 0 && i + kGapGroup <= count && add_gap_group(positions + i, limit, writer)) {
      i += kGapGroup;
      continue;
    }
    for (const std::size_t end = i + kGapGroup < count ? i + kGapGroup : count; i < end; ++i)
      writer.add(static_cast<unsigned>(positions[i] - positions[i - 1] - 1));
  }
}

inline std::size_t write_gaps_fast(const std::byte* bitmap, std::size_t units, bool flip, GapShape shape,
                                   std::byte* highs, std::byte* lows) noexcept {
  GapWriter writer(shape, highs, lows);
  std::uint16_t positions[kGapBlock + 8];
  std::size_t next = 0;
  for (std::size_t begin = 0; begin < units; begin += kGapBlock) {
    const std::size_t end = begin + kGapBlock < units ? begin + kGapBlock : units;
    std::size_t count = 0;
    for (std::size_t first = begin; first < end; first += 64)
      count += list_marks(marked(bitmap, units, first, flip), first - begin, positions + count);
    if (count == 0) continue;
    writer.add(begin + positions[0] - next);
    add_gaps(positions, count, shape, writer);
    next = begin + positions[count - 1] + 1;
  }
  return writer.count();
}

}  // namespace
}  // namespace weightsieve::kernel
