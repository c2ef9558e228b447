// Which share of values lies in which band of magnitudes, between the intervals around zero that were asked
// for. Plain values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "report/rows.hpp"

namespace weightsieve {

struct BandThreshold {
  double magnitude;
  std::size_t interval;  ///< place in Statistics::intervals
};

/// Those of the intervals that lie around zero, narrowest first.
std::vector<BandThreshold> band_thresholds(const Statistics& statistics);

/// How many values are beyond each threshold.
struct BandCounts {
  std::uint64_t values = 0;
  std::uint64_t nan = 0;
  std::vector<std::uint64_t> beyond;

  /// Up to the first threshold, between each two, beyond the last; NaN lies in none.
  std::vector<std::uint64_t> bands() const;
};

BandCounts band_counts(TensorSpan tensors, const std::vector<BandThreshold>& thresholds);
BandCounts band_counts(const Statistics& statistics, const std::vector<BandThreshold>& thresholds);

}  // namespace weightsieve
