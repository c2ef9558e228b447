// Counts and sums one block of f32 or f64 value by value: the definition that the fast loops are held to, and
// what they fall back on where a block holds values that are not finite.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/chunk_totals.hpp"

namespace weightsieve::kernel {

/// Adds everything about `values` ≤ kBlockValues values but intervals and top-16 counts to `totals`; the
/// first has index `first` in its chunk.
template <typename T>
void add_block_carefully(const std::byte* data, std::size_t values, std::uint64_t first,
                         ChunkTotals<T>& totals) noexcept;

extern template void add_block_carefully<float>(const std::byte*, std::size_t, std::uint64_t,
                                                ChunkTotals<float>&) noexcept;
extern template void add_block_carefully<double>(const std::byte*, std::size_t, std::uint64_t,
                                                 ChunkTotals<double>&) noexcept;

}  // namespace weightsieve::kernel
