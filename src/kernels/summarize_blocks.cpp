#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "kernels/block_loops.hpp"
#include "kernels/careful_block.hpp"
#include "kernels/float_environment.hpp"
#include "kernels/load.hpp"

namespace weightsieve::kernel {
namespace {

constexpr std::uint32_t kSign = 0x8000'0000;

// More are counted by a plain loop of their own.
constexpr std::size_t kMostIntervals = 32;

template <typename T>
struct Keys;

template <>
struct Keys<float> {
  static constexpr std::uint32_t kInfinity = 0x7F80'0000;
  static constexpr std::uint32_t kLeastNormal = 0x0080'0000;
  static float least(std::uint32_t key) noexcept { return std::bit_cast<float>(key); }
  static float greatest(std::uint32_t key) noexcept { return std::bit_cast<float>(key); }
};

template <>
struct Keys<double> {
  static constexpr std::uint32_t kInfinity = 0x7FF0'0000;
  static constexpr std::uint32_t kLeastNormal = 0x0010'0000;
  static double least(std::uint32_t key) noexcept { return std::bit_cast<double>(std::uint64_t{key} << 32); }
  static double greatest(std::uint32_t key) noexcept {
    return std::bit_cast<double>(std::uint64_t{key} << 32 | 0xFFFF'FFFF);
  }
};

template <typename T>
bool all_finite(const KeyFacts& keys) noexcept {
  return keys.greatest_signed < static_cast<std::int32_t>(Keys<T>::kInfinity) &&
         (keys.greatest_unsigned & ~kSign) < Keys<T>::kInfinity;
}

// All values of a block lie in [low, high].
template <typename T>
struct Range {
  T low, high;
};

template <typename T>
Range<T> range_of(const KeyFacts& keys) noexcept {
  const bool any_negative = keys.greatest_unsigned & kSign;
  const bool any_positive = keys.greatest_signed >= 0;
  return {.low = any_negative ? -Keys<T>::greatest(keys.greatest_unsigned & ~kSign)
                              : Keys<T>::least(keys.least_magnitude),
          .high = any_positive ? Keys<T>::greatest(static_cast<std::uint32_t>(keys.greatest_signed))
                               : -Keys<T>::least(keys.least_magnitude)};
}

// Whole sections: those of the chunk, or a copy of its end with zeros behind.
struct Block {
  const std::byte* data;
  std::size_t values;
  std::size_t sections;

  std::size_t padding() const noexcept { return sections * kSectionValues - values; }
};

template <typename T>
class Chunk {
 public:
  Chunk(const BlockLoops<T>& loops, const IntervalBounds& bounds, std::uint64_t* below, std::uint64_t* above,
        std::uint32_t* top16) noexcept
      : loops_(loops), intervals_(bounds.count), below_(below), above_(above), top16_(top16) {
    for (std::size_t i = 0; i < intervals_; ++i)
      limits_[i] = interval_limits<T>(bounds.low[i], bounds.high[i]);
  }

  void add(const std::byte* data, std::size_t values) noexcept {
    if (values == kBlockValues) return add_block({data, values, kBlockValues / kSectionValues});
    const std::size_t sections = (values + kSectionValues - 1) / kSectionValues;
    std::memcpy(padded_.data(), data, values * sizeof(T));
    const Block block{reinterpret_cast<const std::byte*>(padded_.data()), values, sections};
    pad(block, T(0));
    add_block(block);
  }

  WideSummary summary() const noexcept { return finish(totals_); }

 private:
  void pad(const Block& block, T filling) noexcept {
    for (std::size_t i = block.values; i < block.values + block.padding(); ++i)
      padded_[i] = filling;
  }

  void add_block(const Block& block) noexcept {
    fused_top16_ = top16_;
    if (top16_ && loops_.tops_repeat(block.data, block.sections)) {
      loops_.count_tops(block.data, block.sections, top16_);
      fused_top16_ = nullptr;
    }
    const KeyFacts keys = scan(block);
    if (all_finite<T>(keys)) {
      add_finite(block, keys, range_of<T>(keys));
    } else {
      count_other_intervals(block, [](const IntervalLimits<T>&) { return true; });
      if (fused_top16_) loops_.count_other_tops(block.data, block.sections, fused_top16_);
      add_block_carefully(block.data, block.values, first_, totals_);
    }
    if (top16_) top16_[0] -= static_cast<std::uint32_t>(block.padding());
    first_ += block.values;
  }

  // Counts the intervals that cut the block before; whichever others turn out to cut this one are counted
  // then. Most intervals hold nearly all blocks whole, and each that is counted needlessly costs a tenth of
  // the whole kernel.
  KeyFacts scan(const Block& block) noexcept {
    IntervalLimits<T> limits[kFusedIntervals];
    std::uint64_t below[kFusedIntervals] = {}, above[kFusedIntervals] = {};
    for (std::size_t k = 0; k < fused_count_; ++k)
      limits[k] = limits_[fused_[k]];
    const KeyFacts keys =
        loops_.scan(block.data, block.sections, limits, fused_count_, below, above, fused_top16_);
    std::size_t cutting = 0;
    for (std::size_t k = 0; k < fused_count_; ++k) {
      take(block, fused_[k], below[k], above[k]);
      if (below[k] + above[k] != 0) fused_[cutting++] = fused_[k];
    }
    fused_count_ = cutting;
    return keys;
  }

  template <typename Cuts>
  void count_other_intervals(const Block& block, Cuts&& cuts) noexcept {
    for (std::size_t i = 0; i < intervals_; ++i) {
      if (is_fused(i) || !cuts(limits_[i])) continue;
      std::uint64_t below = 0, above = 0;
      loops_.count_outside(block.data, block.sections, limits_[i], &below, &above);
      take(block, i, below, above);
      if (fused_count_ < kFusedIntervals) fused_[fused_count_++] = i;
    }
  }

  // Padding was counted as the zeros it is.
  void take(const Block& block, std::size_t interval, std::uint64_t below, std::uint64_t above) noexcept {
    below_[interval] += below - (limits_[interval].is_below(0) ? block.padding() : 0);
    above_[interval] += above - (limits_[interval].is_above(0) ? block.padding() : 0);
  }

  bool is_fused(std::size_t interval) const noexcept {
    return std::find(fused_.begin(), fused_.begin() + fused_count_, interval) !=
           fused_.begin() + fused_count_;
  }

  static bool cuts(const IntervalLimits<T>& limits, const Range<T>& range) noexcept {
    return limits.is_below(range.low) || limits.is_above(range.high);
  }

  void add_finite(const Block& block, const KeyFacts& keys, const Range<T>& range) noexcept {
    count_other_intervals(block, [&](const IntervalLimits<T>& limits) { return cuts(limits, range); });
    add_signs(block, keys);
    add_extremes(block, range);
    LaneSums lanes;
    loops_.sum(block.data, block.sections, fused_top16_, &lanes);
    const PowerSums sums = join_lanes(lanes);
    const auto count = static_cast<double>(block.values);
    if (!is_far_from_zero(sums, count)) return totals_.add(sums, central_moments(sums, count, {}));

    const double pivot = nearest_pivot<T>(sums, count);
    if (block.padding() > 0) pad(block, static_cast<T>(pivot));
    LaneSums shifted;
    loops_.sum_shifted(block.data, block.sections, pivot, &shifted);
    totals_.add(sums, central_moments(join_lanes(shifted), count, {pivot, 0}));
  }

  void add_signs(const Block& block, const KeyFacts& keys) noexcept {
    SmallCounts small{};
    if (keys.least_magnitude < Keys<T>::kLeastNormal) {
      small = loops_.count_small(block.data, block.sections);
      small.zero -= block.padding();
    }
    const std::uint64_t negative = keys.negative_signs - small.negative_zero;
    totals_.counts.zero += small.zero;
    totals_.counts.negative_zero += small.negative_zero;
    totals_.counts.subnormal += small.subnormal;
    totals_.counts.negative += negative;
    totals_.counts.positive += block.values - small.zero - negative;
  }

  // New extremes are rare: in random data, block after block, as the logarithm of their number.
  void add_extremes(const Block& block, const Range<T>& range) noexcept {
    Extremes<T>& extremes = totals_.extremes;
    if (extremes.any && range.low >= extremes.min && range.high <= extremes.max) return;
    const BlockExtremes<T> found = loops_.find_extremes(block.data, block.values);
    extremes.add(found.min, first_ + found.argmin);
    extremes.add(found.max, first_ + found.argmax);
  }

  const BlockLoops<T>& loops_;
  std::size_t intervals_;
  std::uint64_t* below_;
  std::uint64_t* above_;
  std::uint32_t* top16_;
  std::uint32_t* fused_top16_ = nullptr;  ///< what scan and sum of this block count in
  std::uint64_t first_ = 0;               // index of the next block's first value
  ChunkTotals<T> totals_;

  std::array<IntervalLimits<T>, kMostIntervals> limits_;
  std::array<std::size_t, kFusedIntervals> fused_;  // counted while summing
  std::size_t fused_count_ = 0;
  alignas(64) std::array<T, kBlockValues> padded_;
};

}  // namespace

// NOLINTBEGIN(readability-non-const-parameter): loops write to what they are handed
template <typename T>
void summarize_blocks(const BlockLoops<T>& loops, const std::byte* data, std::size_t values,
                      const IntervalBounds& bounds, std::uint64_t* below, std::uint64_t* above,
                      std::uint32_t* top16, WideSummary* summary) noexcept {
  const FloatEnvironment environment;
  const std::size_t few = bounds.count < kMostIntervals ? bounds.count : kMostIntervals;
  Chunk<T> chunk(loops, {bounds.low, bounds.high, few}, below, above, top16);
  for (std::size_t first = 0; first < values; first += kBlockValues) {
    chunk.add(data + first * sizeof(T), values - first < kBlockValues ? values - first : kBlockValues);
  }
  *summary = chunk.summary();
  count_outside<T>(data, values, {bounds.low + few, bounds.high + few, bounds.count - few}, below + few,
                   above + few);
}
// NOLINTEND(readability-non-const-parameter)

template void summarize_blocks<float>(const BlockLoops<float>&, const std::byte*, std::size_t,
                                      const IntervalBounds&, std::uint64_t*, std::uint64_t*, std::uint32_t*,
                                      WideSummary*) noexcept;
template void summarize_blocks<double>(const BlockLoops<double>&, const std::byte*, std::size_t,
                                       const IntervalBounds&, std::uint64_t*, std::uint64_t*, std::uint32_t*,
                                       WideSummary*) noexcept;

}  // namespace weightsieve::kernel
