// Loops that take a chunk apart and put it together again: which units are zero, the others close together,
// floats cut into an upper symbol and low bits. One PackTable per instruction set, all with the same results.
//
// Units are 1, 2, 4 or 8 bytes wide, and tables are indexed by the logarithm of that. Signatures are raw
// pointers and noexcept, as in kernels.hpp. Input and output may be unaligned, and do not overlap. Pure
// functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve {

inline constexpr std::size_t kUnitWidths = 4;

/// Bytes that a loop may write, with anything, behind the end of what it is asked for. Inputs are never read
/// past their end.
inline constexpr std::size_t kPackSlackBytes = 64;

/// How a unit of W bits is cut. Its sign is its upper bit where `sign` is 1; the rest is its magnitude, whose
/// lowest `drop` bits are zero and go away. Of what is left, `low_bits` and the sign above them make the low
/// part, and the rest, less `base`, is the symbol: 0 to 254, or kEscape where it is not.
struct UnitCut {
  unsigned drop = 0;
  unsigned low_bits = 0;
  unsigned sign = 0;
  std::uint32_t base = 0;
};
inline constexpr std::uint8_t kEscape = 255;

/// How the distance between marked units is stored: its lowest bits apart, what is above them as a byte below
/// `limit`. A byte equal to `limit` stands for limit << low_bits units without a mark, with low bits of 0.
struct GapShape {
  unsigned low_bits = 0;
  unsigned limit = 255;
};

/// Gaps as they were stored; `lows` holds low_bits each, packed.
struct Gaps {
  GapShape shape = {};
  const std::byte* highs = nullptr;
  std::size_t count = 0;
  const std::byte* lows = nullptr;
};

struct PackTable {
  Isa isa;

  /// Sets bit i of `bitmap` (least significant first) where unit i is not zero, whole bytes, unused bits
  /// clear; returns how many are set.
  std::size_t (*mark[kUnitWidths])(const std::byte* units, std::size_t count, std::byte* bitmap) noexcept;

  /// The units whose bit is set, one after the other; returns how many. Writes kPackSlackBytes more.
  std::size_t (*compact[kUnitWidths])(const std::byte* units, std::size_t count, const std::byte* bitmap,
                                      std::byte* out) noexcept;

  /// The inverse: units of `values` where a bit is set, zero elsewhere. `values` holds as many as bits are
  /// set; writes no more than `count` units.
  void (*expand[kUnitWidths])(const std::byte* values, std::size_t values_count, const std::byte* bitmap,
                              std::size_t count, std::byte* out) noexcept;

  /// Cuts units: a symbol each into `symbols`, their low parts (low_bits + sign bits each, at most 63) close
  /// together from the least significant bit into `lows`, whole bytes, and what is above the low bits of
  /// those that escape (at most 16 bits) into `escapes`; returns how many do. Writes kPackSlackBytes more of
  /// each. `escapes` has room for `count`.
  std::size_t (*cut[kUnitWidths])(const std::byte* units, std::size_t count, const UnitCut& cut,
                                  std::byte* symbols, std::byte* lows, std::uint16_t* escapes) noexcept;

  /// The inverse; `escapes` holds as many as there are symbols kEscape.
  void (*join[kUnitWidths])(const std::byte* symbols, const std::byte* lows, const std::uint16_t* escapes,
                            std::size_t count, const UnitCut& cut, std::byte* out) noexcept;

  /// How many bits of whole bytes are set.
  std::size_t (*count_bits)(const std::byte* bitmap, std::size_t bytes) noexcept;
  /// How many symbols are kEscape.
  std::size_t (*count_escapes)(const std::byte* symbols, std::size_t count) noexcept;

  /// The gaps before the set (`flip`: the clear) bits of a bitmap. Returns how many bytes went into `highs`;
  /// `lows` has room for 8 bytes more than its bits need.
  std::size_t (*write_gaps)(const std::byte* bitmap, std::size_t units, bool flip, GapShape shape,
                            std::byte* highs, std::byte* lows) noexcept;

  /// Puts `count` values into `units` zeros, a gap before each. False, with anything in `out`, when a
  /// position is not below `units`, a byte is above the limit, or there are not as many gaps as values.
  bool (*scatter[kUnitWidths])(const std::byte* values, std::size_t count, const Gaps& gaps,
                               std::size_t units, std::byte* out) noexcept;
};

/// The table of the instruction set in force (see kernels()).
const PackTable& pack_kernels() noexcept;

/// The table of one instruction set, or the widest one below it; null when this CPU or build lacks it.
const PackTable* pack_table(Isa isa) noexcept;

/// Index into the tables of a width of 1, 2, 4 or 8 bytes.
constexpr std::size_t width_index(std::size_t width) noexcept {
  return width == 1 ? 0 : width == 2 ? 1 : width == 4 ? 2 : 3;
}

/// Bytes that `count` items of `bits` bits take close together.
constexpr std::size_t packed_bytes(std::size_t count, unsigned bits) noexcept {
  return (count * bits + 7) / 8;
}

}  // namespace weightsieve
