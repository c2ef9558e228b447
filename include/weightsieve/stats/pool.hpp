// The statistics of several sets of values together, from the finished ones of each: what is left to know
// when the values themselves are gone. Counts, extremes and intervals are exact; moments are as good as the
// doubles they are made from. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "weightsieve/stats/moments.hpp"
#include "weightsieve/stats/options.hpp"
#include "weightsieve/stats/statistics.hpp"
#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

class StatisticsPool {
 public:
  /// The intervals are those of `options`; so must be those of every part.
  explicit StatisticsPool(const StatsOptions& options) : tally_(options) {}

  /// Adds the values of a tensor.
  void add(const Statistics& part, const std::string& tensor);

  /// Of all values that were added. A figure that a part lacks is lacking here; so are quantiles, and a
  /// histogram whose parts have other edges, unless there is only one part.
  Statistics take();

 private:
  void count(const Statistics& part, const std::string& tensor);
  void add_moments(const Statistics& part);
  void add_histogram(const Histogram& part);
  void add_magnitudes(const MagnitudeHistogram& part);

  std::uint64_t parts_ = 0;
  Tally tally_;
  Moments moments_;
  Statistics sum_;  ///< the only part; of several, their histograms
  bool has_mean_ = true;
  bool has_std_ = true;
  bool has_shape_ = true;
  bool has_l1_ = true;
  bool same_edges_ = true;
};

}  // namespace weightsieve
