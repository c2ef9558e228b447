// The pass of compare: pairs of tensors read in step and measured unit by unit, joined in order.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ops/pair_measures.hpp"
#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/shared_job.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/stats/total_stats.hpp"

namespace weightsieve {

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

class CompareJob : public SharedJob {
 public:
  /// Everything handed in must outlive the job.
  CompareJob(SourcePool& files_a, SourcePool& files_b, const StatsContext& context,
             std::span<const ComparedPair> pairs, std::vector<WorkUnit> units, CompareTotals& totals);
  ~CompareJob() override;

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override;
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override;

  std::uint64_t work(std::size_t unit) const override;
  std::uint64_t cost(std::size_t unit) const override;
  std::uint64_t result_bytes(std::size_t unit) const override;
  void write(const UnitResult& result, WireWriter& out) const override;
  std::unique_ptr<UnitResult> read(std::size_t unit, WireReader& in) const override;
  bool join(std::size_t unit, UnitResult& result, std::size_t next, UnitResult& of_next) const override;

 private:
  class Worker;
  struct Result;

  void take_stretch(std::size_t pair, PairStretch stretch);
  void take(const ComparedPair& pair, PairResult result);

  SourcePool& files_a_;
  SourcePool& files_b_;
  const StatsContext& context_;
  std::span<const ComparedPair> pairs_;
  std::vector<WorkUnit> units_;
  CompareTotals& totals_;
  std::unique_ptr<PairStretch> open_;  ///< the large pair whose units are being joined
};

}  // namespace weightsieve
