// The loops of the PackTable out of BMI2 and AVX2, for the instruction sets that have both. Included by
// pack_<name>.cpp alone; unnamed namespace and nothing of std:: that would be a function, as in
// table.impl.hpp.
#pragma once

#include <immintrin.h>

#include <cstring>
#include <type_traits>

#include "kernels/gaps.impl.hpp"
#include "kernels/pack_scalar.hpp"

namespace weightsieve::kernel {
namespace {

using Word = std::uint64_t;

template <typename T>
inline T get(const std::byte* data, std::size_t index) noexcept {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
inline void set(std::byte* data, std::size_t index, T value) noexcept {
  std::memcpy(data + index * sizeof(T), &value, sizeof(T));
}

inline unsigned set_bits(Word bits) noexcept { return static_cast<unsigned>(_mm_popcnt_u64(bits)); }
inline unsigned first_bit(Word bits) noexcept { return static_cast<unsigned>(_tzcnt_u64(bits)); }

// 0xFF in the bytes whose bit is set.
inline Word spread(unsigned bits) noexcept { return _pdep_u64(bits, 0x0101'0101'0101'0101) * 0xFF; }

inline __m256i load256(const std::byte* data) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data));
}
inline __m128i load128(const std::byte* data) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
}

// Which of 64 units are not zero.
template <std::size_t kWidth>
inline Word mark64(const std::byte* units) noexcept {
  const __m256i zero = _mm256_setzero_si256();
  Word marked = 0;
  if constexpr (kWidth == 1) {
    for (unsigned i = 0; i < 2; ++i) {
      const __m256i equal = _mm256_cmpeq_epi8(load256(units + 32 * i), zero);
      marked |= Word{static_cast<std::uint32_t>(~_mm256_movemask_epi8(equal))} << (32 * i);
    }
  } else if constexpr (kWidth == 2) {
    for (unsigned i = 0; i < 2; ++i) {
      const __m256i low = _mm256_cmpeq_epi16(load256(units + 64 * i), zero);
      const __m256i high = _mm256_cmpeq_epi16(load256(units + 64 * i + 32), zero);
      const __m256i bytes = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0b11'01'10'00);
      marked |= Word{static_cast<std::uint32_t>(~_mm256_movemask_epi8(bytes))} << (32 * i);
    }
  } else if constexpr (kWidth == 4) {
    for (unsigned i = 0; i < 8; ++i) {
      const __m256i equal = _mm256_cmpeq_epi32(load256(units + 32 * i), zero);
      marked |= Word{~static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(equal))) & 0xFF}
                << (8 * i);
    }
  } else {
    for (unsigned i = 0; i < 16; ++i) {
      const __m256i equal = _mm256_cmpeq_epi64(load256(units + 32 * i), zero);
      marked |= Word{~static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(equal))) & 0xF} << (4 * i);
    }
  }
  return marked;
}

// How far ahead memory is asked for, which streams in faster so; asking past the end does nothing.
constexpr std::size_t kAhead = 8192;

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
  const __m128i wide = _mm_cvtepu8_epi16(_mm_cvtsi64_si128(static_cast<long long>(indices)));
  return _mm_add_epi16(_mm_mullo_epi16(wide, _mm_set1_epi16(0x0202)), _mm_set1_epi16(0x0100));
}
inline __m256i word_indices(Word indices) noexcept {
  return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(indices)));
}

constexpr Word kAscending = 0x0706'0504'0302'0100;

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
constexpr unsigned kFew = 16;
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
    const __m128i dropped = _mm_cvtepi8_epi16(_mm_cvtsi64_si128(static_cast<long long>(~kept)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                     _mm_shuffle_epi8(load128(values), _mm_or_si128(order, dropped)));
  } else if constexpr (kWidth == 4) {
    const Word kept = spread(bits);
    const __m256i order = word_indices(_pdep_u64(kAscending, kept));
    const __m256i mask = _mm256_cvtepi8_epi32(_mm_cvtsi64_si128(static_cast<long long>(kept)));
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

template <std::size_t kIndex>
using Unit = std::conditional_t<
    kIndex == 0, std::uint8_t,
    std::conditional_t<kIndex == 1, std::uint16_t, std::conditional_t<kIndex == 2, std::uint32_t, Word>>>;

// The low parts that one 64-bit word of units holds, and their mask in it.
struct LowParts {
  Word mask;
  unsigned bits;  // of one word
};

template <std::size_t kIndex>
inline LowParts low_parts(const UnitCut& cut) noexcept {
  constexpr unsigned kWidth = 1U << kIndex;
  Word lane = ((Word{1} << cut.low_bits) - 1) << cut.drop;
  if (cut.sign) lane |= Word{1} << (8 * kWidth - 1);
  Word mask = 0;
  for (unsigned at = 0; at < 64; at += 8 * kWidth)
    mask |= lane << at;
  return {mask, (cut.low_bits + cut.sign) * (8 / kWidth)};
}

// With at most 7 bits pending, a word's low parts fit one store.
constexpr unsigned kMostBits = 57;
constexpr std::size_t kBlock = 64;

template <std::size_t kIndex>
inline Unit<kIndex> magnitude_mask(const UnitCut& cut) noexcept {
  constexpr auto kAll = static_cast<Unit<kIndex>>(~Word{0});
  return cut.sign ? static_cast<Unit<kIndex>>(kAll >> 1) : kAll;
}

// Which of 32 symbols are escapes.
inline std::uint32_t escape_mask(const std::byte* symbols) noexcept {
  return static_cast<std::uint32_t>(
      _mm256_movemask_epi8(_mm256_cmpeq_epi8(load256(symbols), _mm256_set1_epi8(-1))));
}

template <std::size_t kIndex>
inline std::uint32_t cut_symbols(const std::byte* units, const UnitCut& cut, std::byte* symbols) noexcept {
  using T = Unit<kIndex>;
  const T mask = magnitude_mask<kIndex>(cut);
  const unsigned shift = cut.drop + cut.low_bits;
  const auto base = static_cast<T>(cut.base);
  std::uint8_t block[kBlock];  // no alias of anything, so the loop becomes vectors
  for (std::size_t i = 0; i < kBlock; ++i) {
    const auto above = static_cast<T>(static_cast<T>((get<T>(units, i) & mask) >> shift) - base);
    block[i] = static_cast<std::uint8_t>(above < kEscape ? above : T{kEscape});
  }
  std::memcpy(symbols, block, kBlock);
  return escape_mask(symbols) | escape_mask(symbols + 32);
}

template <std::size_t kIndex>
inline std::uint16_t* gather_escapes(const std::byte* units, const UnitCut& cut, const std::byte* symbols,
                                     std::uint16_t* escapes) noexcept {
  using T = Unit<kIndex>;
  const T mask = magnitude_mask<kIndex>(cut);
  for (std::size_t i = 0; i < kBlock; ++i) {
    if (get<std::uint8_t>(symbols, i) == kEscape)
      *escapes++ = static_cast<std::uint16_t>((get<T>(units, i) & mask) >> (cut.drop + cut.low_bits));
  }
  return escapes;
}

// Eight units' low parts fill whole bytes.
template <std::size_t kIndex>
inline std::byte* cut_lows(const std::byte* units, const LowParts& parts, std::byte* lows) noexcept {
  constexpr std::size_t kWords = std::size_t{1} << kIndex;  // in eight units
  for (std::size_t group = 0; group < kBlock / 8; ++group) {
    Word pending = 0;
    unsigned filled = 0;
    for (std::size_t word = 0; word < kWords; ++word) {
      pending |= _pext_u64(get<Word>(units, group * kWords + word), parts.mask) << filled;
      filled += parts.bits;
      set(lows, 0, pending);
      lows += filled / 8;
      pending = filled >= 64 ? 0 : pending >> (filled & ~7U);
      filled &= 7;
    }
  }
  return lows;
}

template <std::size_t kIndex>
std::size_t cut(const std::byte* units, std::size_t count, const UnitCut& where, std::byte* symbols,
                std::byte* lows, std::uint16_t* escapes) noexcept {
  constexpr std::size_t kWidth = std::size_t{1} << kIndex;
  const LowParts parts = low_parts<kIndex>(where);
  const std::uint16_t* const first = escapes;
  std::size_t i = 0;
  if (parts.bits <= kMostBits) {
    for (; i + kBlock <= count; i += kBlock) {
      const std::byte* const block = units + i * kWidth;
      if (cut_symbols<kIndex>(block, where, symbols + i) != 0)
        escapes = gather_escapes<kIndex>(block, where, symbols + i, escapes);
      if (parts.bits > 0) lows = cut_lows<kIndex>(block, parts, lows);
    }
  }
  return static_cast<std::size_t>(escapes - first) +
         kScalarPackTable.cut[kIndex](units + i * kWidth, count - i, where, symbols + i, lows, escapes);
}

template <std::size_t kIndex>
inline void join_block(const std::byte* symbols, const std::byte* lows, const LowParts& parts,
                       const UnitCut& cut, std::byte* out) noexcept {
  using T = Unit<kIndex>;
  constexpr std::size_t kWords = std::size_t{1} << kIndex;
  const unsigned shift = cut.drop + cut.low_bits;
  const auto base = static_cast<T>(cut.base);
  T highs[kBlock];  // no alias of anything, so the loop becomes vectors
  for (std::size_t i = 0; i < kBlock; ++i) {
    const T symbol = get<std::uint8_t>(symbols, i);
    highs[i] = static_cast<T>((symbol == kEscape ? T{0} : static_cast<T>(symbol + base)) << shift);
  }
  const auto* const words = reinterpret_cast<const std::byte*>(highs);
  const Word item = (Word{1} << parts.bits) - 1;
  for (std::size_t group = 0; group < kBlock / 8; ++group) {
    for (unsigned word = 0; word < kWords; ++word) {
      const unsigned at = word * parts.bits;
      const Word low = (get<Word>(lows + at / 8, 0) >> (at % 8)) & item;
      const std::size_t index = group * kWords + word;
      set(out, index, _pdep_u64(low, parts.mask) | get<Word>(words, index));
    }
    lows += kWords * parts.bits / 8;
  }
}

template <std::size_t kIndex>
inline const std::uint16_t* put_escapes(const std::byte* symbols, const std::uint16_t* escapes,
                                        const UnitCut& cut, std::byte* out) noexcept {
  using T = Unit<kIndex>;
  for (std::size_t half = 0; half < kBlock; half += 32) {
    for (std::uint32_t bits = escape_mask(symbols + half); bits != 0; bits &= bits - 1) {
      const std::size_t i = half + first_bit(bits);
      set(out, i,
          static_cast<T>(get<T>(out, i) | static_cast<T>(Word{*escapes++} << (cut.drop + cut.low_bits))));
    }
  }
  return escapes;
}

template <std::size_t kIndex>
void join(const std::byte* symbols, const std::byte* lows, const std::uint16_t* escapes, std::size_t count,
          const UnitCut& cut, std::byte* out) noexcept {
  constexpr std::size_t kWidth = std::size_t{1} << kIndex;
  const LowParts parts = low_parts<kIndex>(cut);
  const std::size_t block_bytes = kBlock / 8 * (cut.low_bits + cut.sign);
  const std::byte* const end = lows + packed_bytes(count, cut.low_bits + cut.sign);
  std::size_t i = 0;
  if (parts.bits <= kMostBits) {
    const auto left = [&] { return static_cast<std::size_t>(end - lows); };
    for (; i + kBlock <= count && block_bytes + 8 <= left(); i += kBlock, lows += block_bytes) {
      join_block<kIndex>(symbols + i, lows, parts, cut, out + i * kWidth);
      escapes = put_escapes<kIndex>(symbols + i, escapes, cut, out + i * kWidth);
    }
  }
  kScalarPackTable.join[kIndex](symbols + i, lows, escapes, count - i, cut, out + i * kWidth);
}

std::size_t count_bits(const std::byte* bitmap, std::size_t bytes) noexcept {
  std::size_t count = 0, i = 0;
  for (; i + 8 <= bytes; i += 8)
    count += set_bits(get<Word>(bitmap + i, 0));
  for (; i < bytes; ++i)
    count += set_bits(get<std::uint8_t>(bitmap, i));
  return count;
}

std::size_t count_escapes(const std::byte* symbols, std::size_t count) noexcept {
  std::size_t escapes = 0, i = 0;
  for (; i + 32 <= count; i += 32)
    escapes += set_bits(escape_mask(symbols + i));
  for (; i < count; ++i)
    escapes += get<std::uint8_t>(symbols, i) == kEscape;
  return escapes;
}

constexpr std::size_t kGapBlock = 4096;  // units whose marks are listed before their gaps are written
constexpr std::size_t kGapGroup = 16;

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

std::size_t write_gaps_fast(const std::byte* bitmap, std::size_t units, bool flip, GapShape shape,
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

constexpr PackTable make_pack_table(Isa isa) noexcept {
  return {.isa = isa,
          .mark = {mark<0>, mark<1>, mark<2>, mark<3>},
          .compact = {compact<0>, compact<1>, compact<2>, compact<3>},
          .expand = {expand<0>, expand<1>, expand<2>, expand<3>},
          .cut = {kernel::cut<0>, kernel::cut<1>, kernel::cut<2>, kernel::cut<3>},
          .join = {join<0>, join<1>, join<2>, join<3>},
          .count_bits = count_bits,
          .count_escapes = count_escapes,
          .write_gaps = write_gaps_fast,
          .scatter = {scatter<std::uint8_t>, scatter<std::uint16_t>, scatter<std::uint32_t>,
                      scatter<std::uint64_t>}};
}

}  // namespace
}  // namespace weightsieve::kernel
