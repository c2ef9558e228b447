#include "ops/measure_job.hpp"

#include <algorithm>

#include "weightsieve/base/error.hpp"

namespace weightsieve {

/// Whole tensors, finished, or a part of a large one.
struct MeasureJob::Result : UnitResult {
  std::vector<TensorResult> whole;
  std::vector<std::string> digests;  ///< of what is whole
  struct Part {
    UnitStats stats;
    ChunkTraces traces;
  };
  std::optional<Part> part;
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
      ChunkTraces traces(job_.state_.request_for(i));
      if (task.elements != 0) traces.add(bytes, 0, task.elements);
      result.digests.push_back(traces.digest());
    }
  }

  /// A tensor that is all in this unit is finished here, side by side with others, not by whoever merges.
  void measure_part(const WorkUnit& work, Result& result) {
    const TensorTask& task = job_.tensors_[work.first_tensor].task;
    UnitStats part(job_.context_, task);
    ChunkTraces traces(job_.state_.request_for(work.first_tensor));
    result.bytes += read_chunks(reader_, job_.tensors_[work.first_tensor].profile->info, work.first_element,
                                work.elements, [&](Bytes bytes, std::uint64_t first, std::uint64_t elements) {
                                  job_.stop_if_cancelled();
                                  part.add_chunk(bytes, first);
                                  traces.add(bytes, first, elements);
                                });
    if (work.elements < task.elements) {
      result.part = Result::Part{std::move(part), std::move(traces)};
      return;
    }
    TensorStats stats(job_.context_, task);
    stats.merge(std::move(part));
    result.whole.push_back(std::move(stats).finish());
    result.digests.push_back(traces.digest());
  }

  const MeasureJob& job_;
  TensorReader reader_;
};

MeasureJob::MeasureJob(SourcePool& files, const StatsContext& context, std::span<MeasuredTensor> tensors,
                       std::vector<WorkUnit> units, MeasureState& state,
                       std::function<void(std::uint64_t)> measured, const CancelToken* cancel)
    : files_(files),
      context_(context),
      tensors_(tensors),
      units_(std::move(units)),
      state_(state),
      measured_(std::move(measured)),
      cancel_(cancel) {}

void MeasureJob::stop_if_cancelled() const {
  if (cancel_ != nullptr && cancel_->cancelled()) throw Error(ErrorCode::cancelled, "stopped before the end");
}

std::unique_ptr<JobWorker> MeasureJob::make_worker() { return std::make_unique<Worker>(*this); }

void MeasureJob::take(std::size_t tensor, TensorResult result, std::string digest) {
  MeasuredTensor& measured = tensors_[tensor];
  if (measured.task.total_first) state_.totals.add(measured.task, measured.profile->info.name, result);
  state_.moments[tensor] = result.moments;
  state_.digests[tensor] = std::move(digest);
  if (result.search && state_.keeps_codes) state_.codes[tensor] = std::move(result.codes);
  state_.searches[tensor] = std::move(result.search);
  measured.profile->statistics = std::make_unique<Statistics>(std::move(result.statistics));
}

void MeasureJob::merge(std::size_t unit, std::unique_ptr<UnitResult> result) {
  auto& measured = static_cast<Result&>(*result);
  const WorkUnit& work = units_[unit];
  for (std::size_t i = 0; i < measured.whole.size(); ++i)
    take(work.first_tensor + i, std::move(measured.whole[i]), std::move(measured.digests[i]));
  if (measured.part) {
    OpenTensor& open = open_tensor(work);
    open.stats.merge(std::move(measured.part->stats));
    open.traces.merge(std::move(measured.part->traces));
    if (work.ends_tensor) close(work.first_tensor);
  }
  state_.position = end_of(work);
  measured_(measured.bytes);
}

OpenTensor& MeasureJob::open_tensor(const WorkUnit& work) {
  if (state_.open) return *state_.open;
  const std::size_t tensor = work.first_tensor;
  return state_.open.emplace(OpenTensor{TensorStats(context_, tensors_[tensor].task, work.first_element),
                                        ChunkTraces(state_.request_for(tensor))});
}

void MeasureJob::close(std::size_t tensor) {
  if (state_.begins_inside(tensor)) {
    state_.head = std::move(state_.open);
  } else {
    std::string digest = state_.open->traces.digest();
    take(tensor, std::move(state_.open->stats).finish(), std::move(digest));
  }
  state_.open.reset();
}

}  // namespace weightsieve
