#include "ops/measure_job.hpp"

#include <algorithm>

namespace weightsieve {

/// Whole tensors, finished, or a part of a large one.
struct MeasureJob::Result : UnitResult {
  std::vector<TensorResult> whole;
  std::optional<UnitStats> part;
  std::uint64_t bytes = 0;
};

class MeasureJob::Worker : public JobWorker {
 public:
  explicit Worker(const MeasureJob& job) : job_(job), reader_(job.files_) {}

  std::unique_ptr<UnitResult> run(std::size_t unit) override {
    const WorkUnit& work = job_.units_[unit];
    auto result = std::make_unique<Result>();
    if (job_.tensors_[work.first_tensor].task.small()) {
      measure_group(work, *result);
    } else {
      measure_part(work, *result);
    }
    return result;
  }

 private:
  void measure_group(const WorkUnit& work, Result& result) {
    for (std::size_t i = work.first_tensor; i < work.first_tensor + work.tensors; ++i) {
      const TensorTask& task = job_.tensors_[i].task;
      const Bytes bytes = reader_.read(job_.tensors_[i].profile->info, 0, task.elements);
      result.bytes += bytes.size();
      result.whole.push_back(measure_small(job_.context_, task, bytes));
    }
  }

  /// A tensor that is all in this unit is finished here, side by side with others, not by whoever merges.
  void measure_part(const WorkUnit& work, Result& result) {
    const TensorTask& task = job_.tensors_[work.first_tensor].task;
    UnitStats part(job_.context_, task);
    result.bytes += read_chunks(
        reader_, job_.tensors_[work.first_tensor].profile->info, work.first_element, work.elements,
        [&part](Bytes bytes, std::uint64_t first, std::uint64_t) { part.add_chunk(bytes, first); });
    if (work.elements < task.elements) {
      result.part = std::move(part);
      return;
    }
    TensorStats stats(job_.context_, task);
    stats.merge(std::move(part));
    result.whole.push_back(std::move(stats).finish());
  }

  const MeasureJob& job_;
  TensorReader reader_;
};

MeasureJob::MeasureJob(SourcePool& files, const StatsContext& context, std::span<MeasuredTensor> tensors,
                       std::vector<WorkUnit> units, TotalStats& totals,
                       std::span<std::unique_ptr<ExactSearch>> searches, ProgressMeter& progress)
    : files_(files),
      context_(context),
      tensors_(tensors),
      units_(std::move(units)),
      totals_(totals),
      searches_(searches),
      progress_(progress) {}

std::unique_ptr<JobWorker> MeasureJob::make_worker() { return std::make_unique<Worker>(*this); }

void MeasureJob::take(std::size_t tensor, TensorResult result) {
  MeasuredTensor& measured = tensors_[tensor];
  if (measured.task.total_first) totals_.add(measured.task, measured.profile->info.name, result);
  searches_[tensor] = std::move(result.search);
  measured.profile->statistics = std::make_unique<Statistics>(std::move(result.statistics));
}

void MeasureJob::merge(std::size_t unit, std::unique_ptr<UnitResult> result) {
  auto& measured = static_cast<Result&>(*result);
  const WorkUnit& work = units_[unit];
  for (std::size_t i = 0; i < measured.whole.size(); ++i)
    take(work.first_tensor + i, std::move(measured.whole[i]));
  if (measured.part) {
    if (!open_) open_.emplace(context_, tensors_[work.first_tensor].task);
    open_->merge(std::move(*measured.part));
    if (work.ends_tensor) {
      take(work.first_tensor, std::move(*open_).finish());
      open_.reset();
    }
  }
  progress_.add(measured.bytes);
}

}  // namespace weightsieve
