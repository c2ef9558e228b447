// What blocks leave behind in their chunk. Used by one thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/central_moments.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::kernel {

/// Joins the moments of blocks pairwise, as a binary counter carries: rounding grows with the logarithm of
/// their number. The order depends on nothing but that number.
class MomentTree {
 public:
  void add(const CentralMoments& block) noexcept;
  CentralMoments total() const noexcept;

 private:
  static constexpr std::size_t kLevels = 16;  // 2^16 blocks, 2^28 values
  CentralMoments level_[kLevels];             // level_[i] holds 2^i blocks where bit i of blocks_ is set
  std::uint32_t blocks_ = 0;
};

/// The least and the greatest value so far, with the index of the first.
template <typename T>
struct Extremes {
  bool any = false;
  T min{}, max{};
  std::uint64_t argmin = 0, argmax = 0;

  void add(T value, std::uint64_t index) noexcept {
    if (!any || value < min) min = value, argmin = index;
    if (!any || value > max) max = value, argmax = index;
    any = true;
  }
};

template <typename T>
struct ChunkTotals {
  WideSummary counts{};  ///< only its counts are in use until finish()
  CompensatedSum sum;
  CompensatedSum absolute;
  MomentTree moments;
  Extremes<T> extremes;

  /// Adds the sums of a block of `count` finite values; `moments` are those of the same values.
  void add(const PowerSums& sums, const CentralMoments& block) noexcept {
    sum.add(sums.sum);
    absolute.add(sums.absolute);
    moments.add(block);
  }
};

/// Writes sums and moments, which are the same for every type, to `summary`.
void finish_sums(const CompensatedSum& sum, const CompensatedSum& absolute, const CentralMoments& moments,
                 WideSummary& summary) noexcept;

/// The summary of a chunk of floats.
template <typename T>
WideSummary finish(const ChunkTotals<T>& totals) noexcept {
  WideSummary summary = totals.counts;
  summary.finite = summary.zero + summary.negative + summary.positive - summary.positive_infinity -
                   summary.negative_infinity;
  summary.min_bits = std::bit_cast<std::uint64_t>(static_cast<double>(totals.extremes.min));
  summary.max_bits = std::bit_cast<std::uint64_t>(static_cast<double>(totals.extremes.max));
  summary.argmin = totals.extremes.argmin;
  summary.argmax = totals.extremes.argmax;
  finish_sums(totals.sum, totals.absolute, totals.moments.total(), summary);
  return summary;
}

}  // namespace weightsieve::kernel
