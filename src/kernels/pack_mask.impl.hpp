// Which units are not zero: marking, compacting and expanding out of BMI2 and AVX2. Included by
// pack_<name>.cpp alone, as pack.impl.hpp says.
#pragma once

#include "kernels/pack_scalar.hpp"
#include "kernels/pack_words.impl.hpp"

namespace weightsieve::kernel {
namespace {

// Which of 64 units are not zero.
template <std::size_t kWidth>
inline Word mark64(const std::byte* units) noexcept {
  const __m256i zero = _mm256_setzero_si256();
  Word marked = 0;
  if constexpr (kWidth == 1) {
    for (std::size_t i = 0; i < 2; ++i) {
      const __m256i equal = _mm256_cmpeq_epi8(load256(units + 32 * i), zero);
      marked |= Word{static_cast<std::uint32_t>(~_mm256_movemask_epi8(equal))} << (32 * i);
    }
  } else if constexpr (kWidth == 2) {
    for (std::size_t i = 0; i < 2; ++i) {
      const __m256i low = _mm256_cmpeq_epi16(load256(units + 64 * i), zero);
      const __m256i high = _mm256_cmpeq_epi16(load256(units + 64 * i + 32), zero);
      const __m256i bytes = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0b11'01'10'00);
      marked |= Word{static_cast<std::uint32_t>(~_mm256_movemask_epi8(bytes))} << (32 * i);
    }
  } else if constexpr (kWidth == 4) {
    for (std::size_t i = 0; i < 8; ++i) {
      const __m256i equal = _mm256_cmpeq_epi32(load256(units + 32 * i), zero);
      marked |= Word{~static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(equal))) & 0xFF}
                << (8 * i);
    }
  } else {
    for (std::size_t i = 0; i < 16; ++i) {
      const __m256i equal = _mm256_cmpeq_epi64(load256(units + 32 * i), zero);
      marked |= Word{~static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(equal))) & 0xF} << (4 * i);
    }
  }
  return marked;
}

// How far ahead memory is asked for, which streams in faster so; asking past the end does nothing.
inline constexpr std::size_t kAhead = 8192;

template <std::size_t kIndex>
std::size_t mark(const std::byte* units, std::size_t count, std::byte* bitmap) noexcept {
  constexpr std::size_t kWidth = std::size_t{1} << kIndex;
  std::size_t kept = 0, i = 0;
  for (; i + 64 <= count; i += 64) {
    for (std::size_t line = 0; line < kWidth; ++line)
      _mm_prefetch(reinterpret_cast<const char*>(units + i * kWidth + kAhead + 64 * line), _MM_HINT_T1);
    const Word marked = mark64<kWidth>(units + i * kWidth);
    set(bitmap, i / 64, marked);
    kept += set_bits(marked);
  }
  return kept + kScalarPackTable.mark[kIndex](units + i * kWidth, count - i, bitmap + i / 8);
}

// Which of the next eight bytes, halves or words of a register go where.
inline __m128i byte_pairs(Word indices) noexcept {
  const __m128i wide = _mm_cvtepu8_epi16(eight_bytes(indices));
  return _mm_add_epi16(_mm_mullo_epi16(wide, _mm_set1_epi16(0x0202)), _mm_set1_epi16(0x0100));
}
inline __m256i word_indices(Word indices) noexcept { return _mm256_cvtepu8_epi32(eight_bytes(indices)); }

inline constexpr Word kAscending = 0x0706'0504'0302'0100;

// Of eight units those whose bit is set, to the front. Writes eight.
template <std::size_t kWidth>
inline void compact8(const std::byte* units, unsigned bits, std::byte* out) noexcept {
  if constexpr (kWidth == 1) {
    set(out, 0, _pext_u64(get<Word>(units, 0), spread(bits)));
  } else if constexpr (kWidth == 2) {
    const __m128i order = byte_pairs(_pext_u64(kAscending, spread(bits)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_shuffle_epi8(load128(units), order));
  } else if constexpr (kWidth == 4) {
    const __m256i order = word_indices(_pext_u64(kAscending, spread(bits)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_permutevar8x32_epi32(load256(units), order));
  } else {
    for (std::size_t kept = 0; bits != 0; bits &= bits - 1)
      set(out, kept++, get<Word>(units, first_bit(bits)));
  }
}

// Of 65 units at most kFew, one by one, but eight at a time, so that a branch rarely depends on how many
// there are. Writes eight at a time.
inline constexpr unsigned kFew = 16;
template <std::size_t kWidth>
inline void compact_few(const std::byte* units, Word marked, unsigned found, std::byte* out) noexcept {
  for (unsigned copied = 0; copied < found; copied += 8) {
    for (unsigned i = copied; i < copied + 8; ++i) {
      std::memcpy(out + i * kWidth, units + first_bit(marked) * kWidth, kWidth);
      marked &= marked - 1;
    }
  }
}

template <std::size_t kIndex>
std::size_t compact(const std::byte* units, std::size_t count, const std::byte* bitmap,
                    std::byte* out) noexcept {
  constexpr std::size_t kWidth = std::size_t{1} << kIndex;
  std::size_t kept = 0, i = 0;
  for (; i + 64 < count; i += 64) {
    const Word marked = get<Word>(bitmap, i / 64);
    const unsigned found = set_bits(marked);
    if (found <= kFew) {
      compact_few<kWidth>(units + i * kWidth, marked, found, out + kept * kWidth);
      kept += found;
      continue;
    }
    for (unsigned part = 0; part < 64; part += 8) {
      const auto bits = static_cast<unsigned>(marked >> part) & 0xFF;
      compact8<kWidth>(units + (i + part) * kWidth, bits, out + kept * kWidth);
      kept += set_bits(bits);
    }
  }
  return kept +
         kScalarPackTable.compact[kIndex](units + i * kWidth, count - i, bitmap + i / 8, out + kept * kWidth);
}

// Eight units: the next values where a bit is set, else zero. Reads eight values.
template <std::size_t kWidth>
inline void expand8(const std::byte* values, unsigned bits, std::byte* out) noexcept {
  if constexpr (kWidth == 1) {
    set(out, 0, _pdep_u64(get<Word>(values, 0), spread(bits)));
  } else if constexpr (kWidth == 2) {
    const Word kept = spread(bits);
    const __m128i order = byte_pairs(_pdep_u64(kAscending, kept));
    const __m128i dropped = _mm_cvtepi8_epi16(eight_bytes(~kept));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                     _mm_shuffle_epi8(load128(values), _mm_or_si128(order, dropped)));
  } else if constexpr (kWidth == 4) {
    const Word kept = spread(bits);
    const __m256i order = word_indices(_pdep_u64(kAscending, kept));
    const __m256i mask = _mm256_cvtepi8_epi32(eight_bytes(kept));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out),
                        _mm256_and_si256(_mm256_permutevar8x32_epi32(load256(values), order), mask));
  } else {
    for (unsigned i = 0, taken = 0; i < 8; ++i)
      set(out, i, (bits >> i) & 1 ? get<Word>(values, taken++) : Word{0});
  }
}

template <std::size_t kIndex>
void expand(const std::byte* values, std::size_t values_count, const std::byte* bitmap, std::size_t count,
            std::byte* out) noexcept {
  constexpr std::size_t kWidth = std::size_t{1} << kIndex;
  std::size_t taken = 0, i = 0;
  for (; i + 64 <= count && taken + 72 <= values_count; i += 64) {
    const Word marked = get<Word>(bitmap, i / 64);
    if (set_bits(marked) <= 6) {
      std::memset(out + i * kWidth, 0, 64 * kWidth);
      for (Word bits = marked; bits != 0; bits &= bits - 1)
        std::memcpy(out + (i + first_bit(bits)) * kWidth, values + taken++ * kWidth, kWidth);
      continue;
    }
    for (unsigned part = 0; part < 64; part += 8) {
      const auto bits = static_cast<unsigned>(marked >> part) & 0xFF;
      expand8<kWidth>(values + taken * kWidth, bits, out + (i + part) * kWidth);
      taken += set_bits(bits);
    }
  }
  kScalarPackTable.expand[kIndex](values + taken * kWidth, values_count - taken, bitmap + i / 8, count - i,
                                  out + i * kWidth);
}

}  // namespace
}  // namespace weightsieve::kernel
