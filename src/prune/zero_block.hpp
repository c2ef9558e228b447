// The loops that count what goes of a block of elements, and that zero it.
#pragma once

#include <cstdint>
#include <span>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/prune/chunk_masker.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve::prune {

/// Counts a run of elements of which those with drop[i] = 1 go. Sums of squares: of each 4096 elements in 16
/// lanes, joined with compensation.
MaskCounts count_dropped(Dtype dtype, Bytes bytes, std::span<const std::uint8_t> drop) noexcept;

/// Writes +0.0 over the elements with drop[i] = 1.
void zero_dropped(Dtype dtype, std::span<std::byte> bytes, std::span<const std::uint8_t> drop) noexcept;

}  // namespace weightsieve::prune
