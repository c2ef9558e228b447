// The first pass: every tensor measured unit by unit, joined in order, added to the totals.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ops/measured_tensor.hpp"
#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/job.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/stats/total_stats.hpp"

namespace weightsieve {

class MeasureJob : public Job {
 public:
  /// Everything handed in must outlive the job. `searches` (one place a tensor) takes what `exact` still
  /// needs.
  MeasureJob(SourcePool& files, const StatsContext& context, std::span<MeasuredTensor> tensors,
             std::vector<WorkUnit> units, TotalStats& totals,
             std::span<std::unique_ptr<ExactSearch>> searches, ProgressMeter& progress);

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override;
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override;

 private:
  class Worker;
  struct Result;

  void take(std::size_t tensor, TensorResult result);

  SourcePool& files_;
  const StatsContext& context_;
  std::span<MeasuredTensor> tensors_;
  std::vector<WorkUnit> units_;
  TotalStats& totals_;
  std::span<std::unique_ptr<ExactSearch>> searches_;
  ProgressMeter& progress_;
  std::optional<TensorStats> open_;  ///< the large tensor whose units are being joined
};

}  // namespace weightsieve
