// The loops that count what goes of a block of elements, and that zero it.
#pragma once

#include <cstdint>
#include <span>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/profile/prune_table.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve::prune {

/// 1 for each element that goes, 0 for each that stays.
using Drops = std::span<const std::uint8_t>;

/// Counts a run of elements of which some go. Sums of squares are left 0.
MaskCounts count_dropped(Dtype dtype, Bytes bytes, Drops drop) noexcept;

/// Sets the sums of squares for several ways of dropping some of a run: of each 4096 elements in 16 lanes,
/// joined with compensation.
void sum_dropped(Dtype dtype, Bytes bytes, std::span<const Drops> drops, std::span<MaskCounts> counts);

/// Writes +0.0 over the elements with drop[i] = 1.
void zero_dropped(Dtype dtype, std::span<std::byte> bytes, Drops drop) noexcept;

}  // namespace weightsieve::prune
