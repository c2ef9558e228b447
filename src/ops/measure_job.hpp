// The first pass: every tensor measured unit by unit, joined in order, added to the totals.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "ops/measure_state.hpp"
#include "ops/tensor_measures.hpp"
#include "weightsieve/base/progress.hpp"
#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/job.hpp"
#include "weightsieve/format/checkpoint.hpp"

namespace weightsieve {

class MeasureJob : public Job {
 public:
  /// Everything handed in must outlive the job. Goes on with `state`: units are those behind its position,
  /// in order. `measured` is called with the bytes of each unit when the state has it.
  MeasureJob(SourcePool& files, const StatsContext& context, std::span<MeasuredTensor> tensors,
             std::vector<WorkUnit> units, MeasureState& state,
             std::function<void(std::uint64_t bytes)> measured, const CancelToken* cancel = nullptr);

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override;
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override;

 private:
  class Worker;
  struct Result;

  void take(std::size_t tensor, FinishedTensor finished);
  OpenTensor& open_tensor(const WorkUnit& work);
  void close(std::size_t tensor);

  SourcePool& files_;
  const StatsContext& context_;
  std::span<MeasuredTensor> tensors_;
  std::vector<WorkUnit> units_;
  MeasureState& state_;
  std::function<void(std::uint64_t)> measured_;
  const CancelToken* cancel_;  ///< asked between chunks: a unit of 16 takes seconds where reading is slow
};

}  // namespace weightsieve
