// The positions of the set bits of a bitmap as distances: gap = units between one and the next. A gap's upper
// part is a byte, its `low_bits` lowest bits lie packed apart; 255 in a byte stands for 255 << low_bits units
// without one, and has low bits of 0.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weightsieve::codec {

/// How many low bits make the upper parts of `count` gaps over `units` units fit a byte well.
unsigned gap_low_bits(std::size_t units, std::size_t count) noexcept;

/// The most bytes that upper parts take.
std::size_t gap_bytes_bound(std::size_t units, std::size_t count, unsigned low_bits) noexcept;

/// Upper parts into `highs`, low ones packed into `lows` (8 bytes more are written); returns how many upper
/// parts. `flip`: of the clear bits.
std::size_t write_gaps(const std::byte* bitmap, std::size_t units, bool flip, unsigned low_bits,
                       std::byte* highs, std::byte* lows) noexcept;

/// Sets (`flip`: clears) the bits in a bitmap of whole bytes whose every bit is the opposite; false when a
/// position is not below `units` or their number is not `count`.
bool read_gaps(const std::byte* highs, std::size_t high_count, const std::byte* lows, unsigned low_bits,
               std::size_t units, std::size_t count, bool flip, std::byte* bitmap) noexcept;

}  // namespace weightsieve::codec
