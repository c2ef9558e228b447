#include "ops/measure_job.hpp"

#include <algorithm>

namespace weightsieve {

/// Whole tensors, finished, or a part of a large one.
struct MeasureJob::Result : UnitResult {
  std::vector<FinishedTensor> whole;
  std::optional<TensorPart> part;
  std::uint64_t bytes = 0;
};

class MeasureJob::Worker : public JobWorker {
 public:
  explicit Worker(const MeasureJob& job) : job_(job), reader_(job.files_) {}

  std::unique_ptr<UnitResult> run(std::size_t unit) override {
    const WorkUnit& work = job_.units_[unit];
    auto result = std::make_unique<Result>();
    if (job_.tensors_[work.first_tensor].task.at_once()) {
      measure_group(work, *result);
    } else {
      measure_part(work, *result);
    }
    return result;
  }

 private:
  void measure_group(const WorkUnit& work, Result& result) {
    for (std::size_t i = work.first_tensor; i < work.first_tensor + work.tensors; ++i)
      result.whole.push_back(measure_tensor_at_once(job_.context_, job_.tensors_[i],
                                                    job_.state_.request_for(i), reader_, result.bytes));
  }

  /// A tensor that is all in this unit is finished here, side by side with others, not by whoever merges.
  void measure_part(const WorkUnit& work, Result& result) {
    const MeasuredTensor& tensor = job_.tensors_[work.first_tensor];
    const TraceRequest request = job_.state_.request_for(work.first_tensor);
    TensorPart part(job_.context_, tensor, request);
    result.bytes += read_chunks(reader_, tensor.profile->info, work.first_element, work.elements,
                                [&](Bytes bytes, std::uint64_t first, std::uint64_t elements) {
                                  stop_if_cancelled(job_.cancel_);
                                  part.add_chunk(reader_, bytes, first, elements);
                                });
    if (work.elements < tensor.task.elements) {
      result.part = std::move(part);
      return;
    }
    OpenTensor whole(job_.context_, tensor, request);
    whole.merge(std::move(part));
    result.whole.push_back(whole.finish());
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

std::unique_ptr<JobWorker> MeasureJob::make_worker() { return std::make_unique<Worker>(*this); }

void MeasureJob::take(std::size_t tensor, FinishedTensor finished) {
  MeasuredTensor& measured = tensors_[tensor];
  TensorResult& values = finished.values;
  if (measured.task.total_first) state_.totals.add(measured.task, measured.profile->info.name, values);
  state_.moments[tensor] = values.moments;
  state_.scale_moments[tensor] = moments_of(finished.scales);
  state_.digests[tensor] = std::move(finished.digest);
  if (values.search && (state_.keeps_codes || state_.sends_codes))
    state_.codes[tensor] = std::move(values.codes);
  state_.searches[tensor] = std::move(values.search);
  std::move(finished).keep_in(*measured.profile);
}

void MeasureJob::merge(std::size_t unit, std::unique_ptr<UnitResult> result) {
  auto& measured = static_cast<Result&>(*result);
  const WorkUnit& work = units_[unit];
  for (std::size_t i = 0; i < measured.whole.size(); ++i)
    take(work.first_tensor + i, std::move(measured.whole[i]));
  if (measured.part) {
    open_tensor(work).merge(std::move(*measured.part));
    if (work.ends_tensor) close(work.first_tensor);
  }
  state_.position = end_of(work);
  measured_(measured.bytes);
}

OpenTensor& MeasureJob::open_tensor(const WorkUnit& work) {
  if (state_.open) return *state_.open;
  const std::size_t tensor = work.first_tensor;
  return state_.open.emplace(context_, tensors_[tensor], state_.request_for(tensor), work.first_element);
}

void MeasureJob::close(std::size_t tensor) {
  if (state_.begins_inside(tensor)) {
    state_.head = std::move(state_.open);
  } else {
    take(tensor, state_.open->finish());
  }
  state_.open.reset();
}

}  // namespace weightsieve
