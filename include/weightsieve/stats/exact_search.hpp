// The further passes of `exact`: quantiles and histograms of values that one pass could only sketch.
//
// Made from what the first pass knows; then, until done: begin_pass(), any number of ExactTally objects count
// every value (one a thread at a time), end_pass().
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "weightsieve/stats/histograms.hpp"
#include "weightsieve/stats/options.hpp"
#include "weightsieve/stats/rank_search.hpp"
#include "weightsieve/stats/statistics.hpp"

namespace weightsieve {

class ExactSearch {
 public:
  /// `buckets` (ascending, may be empty) narrow the search from the start.
  ExactSearch(const Population& population, std::span<const Bucket> buckets, const StatsOptions& options,
              unsigned granularity);

  bool done() const noexcept { return counted_ && values_.done() && magnitudes_.done(); }
  void begin_pass();
  void end_pass();

  /// Replaces the sketched parts of `statistics`. Requires done().
  void complete(Statistics& statistics) const;

 private:
  friend class ExactTally;

  Population population_;
  std::vector<double> qs_;
  RankSearch values_;
  RankSearch magnitudes_;
  Bins bins_;
  std::vector<std::uint64_t> slots_;      ///< during the first pass
  std::vector<std::uint64_t> exponents_;  ///< during the first pass: by ilogb + kExponentBias
  Histogram histogram_;                   ///< complete after one pass
  MagnitudeHistogram magnitude_histogram_;
  bool counted_ = false;
};

class ExactTally {
 public:
  explicit ExactTally(ExactSearch& search);
  ~ExactTally();
  ExactTally(const ExactTally&) = delete;
  ExactTally& operator=(const ExactTally&) = delete;

  /// Counts `times` occurrences of a value; those that are not finite are passed over.
  void count(double value, std::uint64_t times = 1) noexcept;

 private:
  ExactSearch* search_;
  RankTally values_;
  RankTally magnitudes_;
  std::vector<std::uint64_t> slots_;
  std::vector<std::uint64_t> exponents_;
};

}  // namespace weightsieve
