// The further passes of `exact`: quantiles and histograms of values that one pass could only sketch.
//
// Made from what the first pass knows; then, until done: begin_pass(), any number of ExactTally objects count
// (one a thread at a time), end_pass(). Of a bucket whose values all count alike nobody needs to see them
// again: it is counted as a whole when the search is made, and only the others are open.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "weightsieve/stats/histograms.hpp"
#include "weightsieve/stats/options.hpp"
#include "weightsieve/stats/rank_search.hpp"
#include "weightsieve/stats/statistics.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve {

/// What of a value is not known before it is seen: bits of a set.
using Aspects = std::uint8_t;
inline constexpr Aspects kBinAspect = 1;        ///< its bin of the histogram
inline constexpr Aspects kPowerAspect = 2;      ///< its power of two
inline constexpr Aspects kRankAspect = 4;       ///< its place among the values near an asked rank
inline constexpr Aspects kMagnitudeAspect = 8;  ///< its place among the magnitudes near an asked rank
inline constexpr Aspects kRankAspects = kRankAspect | kMagnitudeAspect;
inline constexpr Aspects kAllAspects = 15;

/// An upper half of which values must be counted one by one. Where a single edge of the histogram cuts it,
/// `edge` is that one: values below it fall into `slot`, the others into the next.
struct OpenCode {
  std::uint16_t code = 0;
  Aspects aspects = 0;
  std::optional<double> edge{};
  std::size_t slot = 0;
};

class ExactSearch {
 public:
  /// `buckets` (ascending by low) hold all values; empty when nothing of them is known.
  ExactSearch(const Population& population, std::span<const Bucket> buckets, const StatsOptions& options,
              unsigned granularity);

  /// One that asks for the same, and has counted nothing of the pass that `other` is in or begins next. Safe
  /// while other threads count, begin that pass, or add to it.
  ExactSearch(const ExactSearch& other, Afresh);

  bool done() const noexcept { return counted_ && values_.done() && magnitudes_.done(); }

  /// Says which of the buckets are the upper halves of F32, F64 or C64 values. `counts` as in
  /// buckets_of_codes().
  void add_codes(Dtype dtype, std::span<const CodeCount> codes, const ValueCounts& counts);

  /// Nothing where all values of the dtype must be seen.
  const std::vector<OpenCode>* open_codes(Dtype dtype) const noexcept;

  /// Whether no value of the dtype needs to be seen again.
  bool is_settled(Dtype dtype) const noexcept {
    const auto* codes = open_codes(dtype);
    return codes != nullptr && codes->empty();
  }

  /// What a value must be counted for of which every occurrence is known.
  Aspects aspects_of_known() const noexcept { return known_ || counted_ ? kRankAspects : kAllAspects; }

  void begin_pass();
  void end_pass();

  /// What a search made Afresh has counted in this pass, for add_pass() of the one that it is a copy of, here
  /// or in another process.
  void write_pass(WireWriter& out) const;
  /// Between begin_pass() and end_pass(). Throws Error{malformed}.
  void add_pass(WireReader& in);

  /// Replaces the sketched parts of `statistics`. Requires done().
  void complete(Statistics& statistics) const;

 private:
  friend class ExactTally;

  Bucket clamped(const Bucket& bucket) const noexcept;
  /// Where the last question after ranks and magnitudes was answered.
  struct Near {
    std::size_t value = 0, magnitude = 0;
  };
  /// What of a bucket's values is open, and the slots of the histogram that its ends lie in.
  struct Look {
    Aspects open = 0;
    std::size_t low_slot = 0, high_slot = 0;
  };
  Look look_at(const Bucket& bucket, Near& near) const noexcept;
  OpenCode open_code(Dtype dtype, const CodeCount& entry, const ValueCounts& counts, Near& near) const;
  void find_edge(const Look& look, OpenCode& open) const noexcept;
  void forget_settled_codes();

  Population population_;
  std::vector<double> qs_;
  RankSearch values_;
  RankSearch magnitudes_;
  Bins bins_;
  bool known_;            ///< whether buckets were given
  bool counted_ = false;  ///< whether histograms are complete
  std::vector<std::uint64_t> slots_;
  std::vector<std::uint64_t> exponents_;  ///< during the first pass: by ilogb + kExponentBias
  MagnitudeHistogram magnitude_histogram_;
  std::map<Dtype, std::vector<OpenCode>> open_codes_;
};

class ExactTally {
 public:
  explicit ExactTally(ExactSearch& search);
  ~ExactTally();
  ExactTally(const ExactTally&) = delete;
  ExactTally& operator=(const ExactTally&) = delete;

  /// Counts `times` occurrences of a value; those that are not finite are passed over.
  void count(double value, std::uint64_t times = 1, Aspects aspects = kAllAspects);
  /// The same of a finite value's bin alone. Requires that histograms are still counted.
  void count_bin(double value) noexcept { ++slots_[search_->bins_.slot(value)]; }
  /// The same of `times` values that lie in that slot of the histogram.
  void count_slot(std::size_t slot, std::uint64_t times) noexcept { slots_[slot] += times; }
  /// The ranks of F32 values with one upper half and these lower halves.
  void count_halves(std::uint16_t upper, std::span<const std::uint16_t> lower, Aspects aspects);
  void count_known(double value, std::uint64_t times) { count(value, times, search_->aspects_of_known()); }

 private:
  ExactSearch* search_;
  std::optional<RankTally> values_, magnitudes_;  ///< where something is looked for
  std::vector<std::uint64_t> slots_;
  std::vector<std::uint64_t> exponents_;
};

}  // namespace weightsieve
