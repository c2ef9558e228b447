#include "ops/search_job.hpp"

#include <algorithm>

#include "weightsieve/stats/exact_counter.hpp"

namespace weightsieve {

struct SearchJob::Result : UnitResult {
  std::uint64_t bytes = 0;
};

class SearchJob::Worker : public JobWorker {
 public:
  explicit Worker(SearchJob& job) : job_(job), reader_(job.files_) {}

  std::unique_ptr<UnitResult> run(std::size_t unit) override {
    const WorkUnit& work = job_.units_[unit];
    auto result = std::make_unique<Result>();
    for (std::size_t i = work.first_tensor; i < work.first_tensor + work.tensors; ++i) {
      job_.begin(i);
      const std::uint64_t elements = work.tensors == 1 ? work.elements : job_.tensors_[i].task.elements;
      result->bytes += count(i, work.first_element, elements);
    }
    return result;
  }

 private:
  std::uint64_t count(std::size_t tensor, std::uint64_t first_element, std::uint64_t elements) {
    const MeasuredTensor& measured = job_.tensors_[tensor];
    ExactSearch* const own = job_.searches_[tensor].get();
    ExactCounter counter(measured.task.dtype, own, measured.task.total_first ? job_.total_ : nullptr);
    return read_chunks(reader_, measured.profile->info, first_element, elements,
                       [&](Bytes bytes, std::uint64_t, std::uint64_t some) {
                         counter.count(bytes, some * values_per_element(measured.task.dtype));
                       });
  }

  SearchJob& job_;
  TensorReader reader_;
};

SearchJob::SearchJob(SourcePool& files, std::span<const MeasuredTensor> tensors,
                     std::span<const std::unique_ptr<ExactSearch>> searches, ExactSearch* total,
                     std::vector<WorkUnit> units, ProgressMeter& progress)
    : files_(files),
      tensors_(tensors),
      searches_(searches),
      total_(total),
      units_(std::move(units)),
      progress_(progress),
      begun_(tensors.size()) {}

/// Room for a tensor's counters is made when its first unit starts and freed with its last: few are open at a
/// time.
void SearchJob::begin(std::size_t tensor) {
  const std::scoped_lock lock(begin_mutex_);
  if (searches_[tensor] && !begun_[tensor]) searches_[tensor]->begin_pass();
  begun_[tensor] = true;
}

std::unique_ptr<JobWorker> SearchJob::make_worker() { return std::make_unique<Worker>(*this); }

void SearchJob::merge(std::size_t unit, std::unique_ptr<UnitResult> result) {
  const WorkUnit& work = units_[unit];
  if (work.ends_tensor) {
    for (std::size_t i = work.first_tensor; i < work.first_tensor + work.tensors; ++i) {
      if (searches_[i]) searches_[i]->end_pass();
    }
  }
  progress_.add(static_cast<Result&>(*result).bytes);
}

}  // namespace weightsieve
