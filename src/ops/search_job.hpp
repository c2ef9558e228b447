// A further pass of `exact`: counts the values of the tensors whose order statistics are still open, and of
// all parameters where the totals' are.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "ops/measured_tensor.hpp"
#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/job.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/stats/exact_search.hpp"

namespace weightsieve {

class SearchJob : public Job {
 public:
  /// `searches[i]` belongs to tensors[i] and may be null; `total` may be null, and is between begin_pass()
  /// and end_pass() while the job runs.
  SearchJob(SourcePool& files, std::span<const MeasuredTensor> tensors,
            std::span<const std::unique_ptr<ExactSearch>> searches, ExactSearch* total,
            std::vector<WorkUnit> units, ProgressMeter& progress);

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override;
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override;

 private:
  class Worker;
  struct Result;

  void begin(std::size_t tensor);

  SourcePool& files_;
  std::span<const MeasuredTensor> tensors_;
  std::span<const std::unique_ptr<ExactSearch>> searches_;
  ExactSearch* total_;
  std::vector<WorkUnit> units_;
  ProgressMeter& progress_;
  std::mutex begin_mutex_;
  std::vector<bool> begun_;
};

}  // namespace weightsieve
