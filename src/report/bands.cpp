#include "report/bands.hpp"

#include <algorithm>

namespace weightsieve {
namespace {

void add(const Statistics& statistics, const std::vector<BandThreshold>& thresholds, BandCounts& counts) {
  counts.values += statistics.counts.values();
  counts.nan += statistics.counts.nan;
  for (std::size_t at = 0; at < thresholds.size(); ++at) {
    const IntervalCount& interval = statistics.intervals[thresholds[at].interval];
    counts.beyond[at] += interval.below + interval.above;
  }
}

}  // namespace

std::vector<BandThreshold> band_thresholds(const Statistics& statistics) {
  std::vector<BandThreshold> found;
  for (std::size_t at = 0; at < statistics.intervals.size(); ++at) {
    const IntervalCount& interval = statistics.intervals[at];
    if (interval.low == -interval.high && interval.high >= 0) found.push_back({interval.high, at});
  }
  std::ranges::sort(found, {}, &BandThreshold::magnitude);
  return found;
}

std::vector<std::uint64_t> BandCounts::bands() const {
  std::vector<std::uint64_t> found;
  std::uint64_t above = values - nan;
  for (const std::uint64_t count : beyond) {
    found.push_back(above - count);
    above = count;
  }
  found.push_back(above);
  return found;
}

BandCounts band_counts(TensorSpan tensors, const std::vector<BandThreshold>& thresholds) {
  BandCounts counts;
  counts.beyond.resize(thresholds.size());
  for (const TensorProfile* tensor : tensors)
    if (tensor->statistics) add(*tensor->statistics, thresholds, counts);
  return counts;
}

BandCounts band_counts(const Statistics& statistics, const std::vector<BandThreshold>& thresholds) {
  BandCounts counts;
  counts.beyond.resize(thresholds.size());
  add(statistics, thresholds, counts);
  return counts;
}

}  // namespace weightsieve
