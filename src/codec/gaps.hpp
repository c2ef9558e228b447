// The positions of the set bits of a bitmap as distances: gap = units between one and the next. A gap's
// lowest bits lie packed apart; what is above them is a byte below `limit`, and a byte equal to `limit`
// stands for limit << low_bits units without one, with low bits of 0. Positions without structure lose
// nothing by a low limit, and few symbols are what a Huffman code of limited length likes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weightsieve::codec {

struct GapShape {
  unsigned low_bits = 0;
  unsigned limit = 255;
};

/// For `count` gaps over `units` units.
GapShape gap_shape(std::size_t units, std::size_t count) noexcept;
/// What follows from low bits that were read.
GapShape gap_shape(std::size_t units, std::size_t count, unsigned low_bits) noexcept;

/// The most bytes that upper parts take.
std::size_t gap_bytes_bound(std::size_t units, std::size_t count, GapShape shape) noexcept;

/// Upper parts into `highs`, low ones packed into `lows` (8 bytes more are written); returns how many upper
/// parts. `flip`: of the clear bits.
std::size_t write_gaps(const std::byte* bitmap, std::size_t units, bool flip, GapShape shape,
                       std::byte* highs, std::byte* lows) noexcept;

/// Sets (`flip`: clears) the bits in a bitmap of whole bytes whose every bit is the opposite; false when a
/// position is not below `units` or their number is not `count`.
bool read_gaps(const std::byte* highs, std::size_t high_count, const std::byte* lows, GapShape shape,
               std::size_t units, std::size_t count, bool flip, std::byte* bitmap) noexcept;

}  // namespace weightsieve::codec
