// The statistics of all parameters of a checkpoint together, from those of each tensor, added in order.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "weightsieve/stats/tensor_stats.hpp"

namespace weightsieve {

class TotalStats {
 public:
  explicit TotalStats(const StatsContext& context);

  /// Adds a parameter. Buffers are not added.
  void add(const TensorTask& task, const std::string& name, const TensorResult& result);

  /// The same in two steps, for parameters that other processes measured: note() each of them, in order, and
  /// add, in any order but that of samples, what write_counts() wrote where they were measured.
  void note(const TensorTask& task, const std::string& name, const Statistics& statistics,
            const Moments& moments);
  void write_counts(WireWriter& out) const;
  /// Throws Error{malformed} for what is not of the parameters noted so far.
  void read_counts(WireReader& in);
  /// Throws Error{malformed} where what was read cannot be of all parameters. Before finish(), if anything
  /// was read.
  void require_whole() const;

  struct Finished {
    Statistics statistics;
    std::unique_ptr<ExactSearch> search;  ///< further passes that `exact` still needs
  };
  /// The quantiles are exact when every value was counted by itself, else a sketch; a reservoir when wide
  /// integers are among them that nothing counted.
  Finished finish() const;

  /// Buckets of all finite values, ascending by low; nothing where some were only sampled.
  std::optional<std::vector<Bucket>> counted_values() const;

  /// Counts for the search's current pass what is known without reading: values counted by code.
  void count_known(ExactTally& tally) const;

 private:
  void count(const TensorTask& task, const TensorResult& result);
  void add_integers(double value, std::uint64_t count);
  std::vector<Bucket> buckets() const;
  void add_codes(ExactSearch& search) const;
  bool all_counted(std::span<const Bucket> buckets) const;

  const StatsContext* context_;
  Tally tally_;
  Moments moments_;
  std::map<Dtype, std::vector<std::uint64_t>> tables_;
  std::map<Dtype, ValueCounts> counts_by_dtype_;
  std::map<double, std::uint64_t> integers_;
  bool uncounted_integers_ = false;
  unsigned granularity_ = 29;  ///< of all values so far, for RankSearch
  std::vector<double> sample_;
};

}  // namespace weightsieve
