// KernelTable::summarize of the integer types. Sums are exact; moments are those of the exact distances from
// each block's mean, rounded to an integer, in the lanes that floats use.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/lane_sums.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::kernel {

/// Sums whole sections of doubles into `lanes`, which is overwritten.
using SumDoubles = void (*)(const std::byte* data, std::size_t sections, LaneSums* lanes) noexcept;

/// The one step that is worth an instruction set of its own is given: how the distances are summed.
template <typename T>
void summarize_integers(SumDoubles sum_doubles, const std::byte* data, std::size_t values,
                        const IntervalBounds& bounds, std::uint64_t* below, std::uint64_t* above,
                        WideSummary* summary) noexcept;

#define WEIGHTSIEVE_DECLARE(T)                                                                      \
  extern template void summarize_integers<T>(SumDoubles, const std::byte*, std::size_t,             \
                                             const IntervalBounds&, std::uint64_t*, std::uint64_t*, \
                                             WideSummary*) noexcept;
WEIGHTSIEVE_DECLARE(std::int32_t)
WEIGHTSIEVE_DECLARE(std::uint32_t)
WEIGHTSIEVE_DECLARE(std::int64_t)
WEIGHTSIEVE_DECLARE(std::uint64_t)
#undef WEIGHTSIEVE_DECLARE

}  // namespace weightsieve::kernel
