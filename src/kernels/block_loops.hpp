// The loops over one block of f32 or f64 that an instruction set brings along, and the plain code around
// them.
//
// The loops see whole sections only: the end of a chunk is copied and filled up with +0.0 by the code around
// them, which takes the padding out of the counts again. They assume nothing about alignment.
//
// This header is read by the objects of every instruction set: it must stay free of inline functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/interval_limits.hpp"
#include "kernels/lane_sums.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::kernel {

/// What the keys of a block say. The key of a value is its upper 32 bits: all of an f32, sign, exponent and
/// 20 bits of an f64.
struct KeyFacts {
  std::int32_t greatest_signed;     ///< the greatest key as a signed number: of the positive values, if any
  std::uint32_t greatest_unsigned;  ///< as an unsigned number: of the negative value farthest from 0, if any
  std::uint32_t least_magnitude;    ///< without sign
  std::uint32_t negative_signs;     ///< how many have the sign bit set
};

/// Of a block without NaN.
struct SmallCounts {
  std::uint64_t zero, negative_zero, subnormal;
};

/// Values of a block of finite values and the index of the first.
template <typename T>
struct BlockExtremes {
  T min, max;
  std::size_t argmin, argmax;
};

/// Intervals to count in one loop: more of them would not leave registers for the values.
inline constexpr std::size_t kFusedIntervals = 3;

template <typename T>
struct BlockLoops {
  /// Adds to below[i] and above[i] for `intervals` ≤ kFusedIntervals limits on the way, and counts the first
  /// share of the values by their upper 16 bits where `top16` is not null.
  KeyFacts (*scan)(const std::byte* data, std::size_t sections, const IntervalLimits<T>* limits,
                   std::size_t intervals, std::uint64_t* below, std::uint64_t* above,
                   std::uint32_t* top16) noexcept;
  /// The counts of scan() alone, for one interval.
  void (*count_outside)(const std::byte* data, std::size_t sections, const IntervalLimits<T>& limits,
                        std::uint64_t* below, std::uint64_t* above) noexcept;
  SmallCounts (*count_small)(const std::byte* data, std::size_t sections) noexcept;
  BlockExtremes<T> (*find_extremes)(const std::byte* data, std::size_t values) noexcept;

  /// Whether the upper 16 bits look as if they repeated; then they are best counted by count_tops() alone.
  bool (*tops_repeat)(const std::byte* data, std::size_t sections) noexcept;
  void (*count_tops)(const std::byte* data, std::size_t sections, std::uint32_t* top16) noexcept;
  /// What scan() leaves to sum().
  void (*count_other_tops)(const std::byte* data, std::size_t sections, std::uint32_t* top16) noexcept;

  /// Sums into `lanes`, which is overwritten, and counts the values that scan() left by their upper 16 bits
  /// where `top16` is not null.
  void (*sum)(const std::byte* data, std::size_t sections, std::uint32_t* top16, LaneSums* lanes) noexcept;
  /// The sums of value − pivot.
  void (*sum_shifted)(const std::byte* data, std::size_t sections, double pivot, LaneSums* lanes) noexcept;
};

/// KernelTable::summarize of a float type over the loops of one instruction set.
template <typename T>
void summarize_blocks(const BlockLoops<T>& loops, const std::byte* data, std::size_t values,
                      const IntervalBounds& bounds, std::uint64_t* below, std::uint64_t* above,
                      std::uint32_t* top16, WideSummary* summary) noexcept;

extern template void summarize_blocks<float>(const BlockLoops<float>&, const std::byte*, std::size_t,
                                             const IntervalBounds&, std::uint64_t*, std::uint64_t*,
                                             std::uint32_t*, WideSummary*) noexcept;
extern template void summarize_blocks<double>(const BlockLoops<double>&, const std::byte*, std::size_t,
                                              const IntervalBounds&, std::uint64_t*, std::uint64_t*,
                                              std::uint32_t*, WideSummary*) noexcept;

}  // namespace weightsieve::kernel
