// The pass of compare: pairs of tensors read in step and measured unit by unit, joined in order.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ops/measured_tensor.hpp"
#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/job.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/profile/profile_diff.hpp"
#include "weightsieve/stats/pair_stats.hpp"
#include "weightsieve/stats/total_stats.hpp"

namespace weightsieve {

/// A pair to be read. All that it points to stays valid for the whole run.
struct ComparedPair {
  TensorPair* pair = nullptr;
  MeasuredTensor a, b;
  PairTask task;
};

/// What pairs add up to.
struct PairTotals {
  PairTally tally;
  bool same_dtypes = true;
  std::string greatest_tensor;

  void add(const PairTally& pair, const PairTask& task, const std::string& tensor);
};

/// Sums over all pairs.
struct CompareTotals {
  explicit CompareTotals(const StatsContext& context) : a(context), b(context) {}

  TotalStats a, b;  ///< of parameters
  PairTotals parameters, buffers;
};

class CompareJob : public Job {
 public:
  /// Everything handed in must outlive the job.
  CompareJob(SourcePool& files_a, SourcePool& files_b, const StatsContext& context,
             std::span<const ComparedPair> pairs, std::vector<WorkUnit> units, CompareTotals& totals,
             ProgressMeter& progress);
  ~CompareJob() override;

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override;
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override;

 private:
  class Worker;
  class OpenPair;
  struct Result;
  struct PairResult;
  struct Part;

  void take(const ComparedPair& pair, PairResult result);

  SourcePool& files_a_;
  SourcePool& files_b_;
  const StatsContext& context_;
  std::span<const ComparedPair> pairs_;
  std::vector<WorkUnit> units_;
  CompareTotals& totals_;
  ProgressMeter& progress_;
  std::unique_ptr<OpenPair> open_;  ///< the large pair whose units are being joined
};

/// The distance of paired values, as well as counts and the pairs themselves bound it. Without buckets only
/// that of equal values is known.
std::optional<KsDistance> distance_of(const PairTally& tally, const std::optional<std::vector<Bucket>>& a,
                                      const std::optional<std::vector<Bucket>>& b);

}  // namespace weightsieve
