// Units cut into symbol, low bits and escape, and joined again, out of BMI2 and AVX2. Included by
// pack_<name>.cpp alone, as pack.impl.hpp says.
#pragma once

#include <type_traits>

#include "kernels/pack_scalar.hpp"
#include "kernels/pack_words.impl.hpp"

namespace weightsieve::kernel {
namespace {

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
inline constexpr unsigned kMostBits = 57;
inline constexpr std::size_t kBlock = 64;

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

}  // namespace
}  // namespace weightsieve::kernel
