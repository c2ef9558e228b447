// The positions of the set bits of a bitmap as distances: gap = units between one and the next. A gap's
// lowest bits lie packed apart; what is above them is a byte below `limit`, and a byte equal to `limit`
// stands for limit << low_bits units without one, with low bits of 0. Positions without structure lose
// nothing by a low limit, and few symbols are what a Huffman code of limited length likes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "weightsieve/kernels/pack.hpp"

namespace weightsieve::codec {

/// For `count` gaps over `units` units.
GapShape gap_shape(std::size_t units, std::size_t count) noexcept;
/// What follows from low bits that were read.
GapShape gap_shape(std::size_t units, std::size_t count, unsigned low_bits) noexcept;

/// The most bytes that upper parts take.
std::size_t gap_bytes_bound(std::size_t units, std::size_t count, GapShape shape) noexcept;

/// Sets (`flip`: clears) the bits in a bitmap of whole bytes whose every bit is the opposite; false when a
/// position is not below `units` or their number is not `count`.
bool set_gaps(const Gaps& gaps, std::size_t units, std::size_t count, bool flip, std::byte* bitmap) noexcept;

}  // namespace weightsieve::codec
