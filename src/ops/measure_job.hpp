// The first pass: every tensor measured unit by unit, joined in order, added to the totals.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ops/chunk_traces.hpp"
#include "ops/measured_tensor.hpp"
#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/job.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/stats/total_stats.hpp"

namespace weightsieve {

/// A large tensor of which a stretch of chunks is measured.
struct OpenTensor {
  TensorStats stats;
  ChunkTraces traces;
};

/// What else a share in a run keeps, for whoever joins the shares. Vectors have a place for each tensor.
struct ShareRecord {
  std::vector<TraceRequest> requests;
  std::vector<std::string> digests;  ///< of whole tensors, where requested
  std::vector<Moments> moments;      ///< of whole tensors
  std::optional<OpenTensor> head;    ///< the end of the first tensor, where the share begins in its midst
  std::optional<OpenTensor> tail;    ///< what the share ends with in the midst of a tensor
};

class MeasureJob : public Job {
 public:
  /// Everything handed in must outlive the job. `searches` (one place a tensor) takes what `exact` still
  /// needs. Units may be a run of those of all tensors; then `record` is there.
  MeasureJob(SourcePool& files, const StatsContext& context, std::span<MeasuredTensor> tensors,
             std::vector<WorkUnit> units, TotalStats& totals,
             std::span<std::unique_ptr<ExactSearch>> searches, ProgressMeter& progress,
             ShareRecord* record = nullptr);

  std::size_t units() const override { return units_.size(); }
  std::unique_ptr<JobWorker> make_worker() override;
  void merge(std::size_t unit, std::unique_ptr<UnitResult> result) override;

 private:
  class Worker;
  struct Result;

  TraceRequest request_for(std::size_t tensor) const;
  void take(std::size_t tensor, TensorResult result, std::string digest);
  OpenTensor& open_tensor(const WorkUnit& work);
  void close(std::size_t tensor);

  SourcePool& files_;
  const StatsContext& context_;
  std::span<MeasuredTensor> tensors_;
  std::vector<WorkUnit> units_;
  TotalStats& totals_;
  std::span<std::unique_ptr<ExactSearch>> searches_;
  ProgressMeter& progress_;
  ShareRecord* record_;
  std::optional<OpenTensor> open_;  ///< the large tensor whose units are being joined
  bool is_open_from_start_ = true;
};

}  // namespace weightsieve
