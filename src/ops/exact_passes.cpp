#include "ops/exact_passes.hpp"

#include <algorithm>

#include "ops/search_job.hpp"

namespace weightsieve {
namespace {

bool is_open(const std::unique_ptr<ExactSearch>& search) { return search && !search->done(); }

class ExactPasses {
 public:
  ExactPasses(SourcePool& files, ProfilePlan& plan, std::vector<std::unique_ptr<ExactSearch>>& searches,
              const TotalStats& totals, const Crew& crew, const ProgressSink& sink)
      : files_(files),
        tensors_(plan.tensors),
        searches_(searches),
        totals_(totals),
        crew_(crew),
        sink_(sink) {}

  std::unique_ptr<Statistics> run() {
    auto [statistics, total] = totals_.finish();
    while (is_open(total) || std::ranges::any_of(searches_, is_open))
      search_once(is_open(total) ? total.get() : nullptr);
    if (total) total->complete(statistics);
    for (std::size_t i = 0; i < tensors_.size(); ++i)
      if (searches_[i]) searches_[i]->complete(*tensors_[i].profile->statistics);
    return std::make_unique<Statistics>(std::move(statistics));
  }

 private:
  /// Reads again what an open search still has to count.
  void search_once(ExactSearch* total) {
    std::vector<MeasuredTensor> again;
    std::vector<std::unique_ptr<ExactSearch>> searches;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      const TensorTask& task = tensors_[i].task;
      const bool counts_in_total =
          total != nullptr && task.total_first && !is_coded(task.dtype) && !total->is_settled(task.dtype);
      if (!is_open(searches_[i]) && !counts_in_total) continue;
      again.push_back(tensors_[i]);
      places.push_back(i);
      searches.push_back(is_open(searches_[i]) ? std::move(searches_[i]) : nullptr);
    }
    if (total != nullptr) begin_total(*total);
    ProgressMeter progress(sink_, bytes_of(again), "counting again what is not exact yet");
    SearchJob job(files_, again, searches, total, units_of(again, crew_.planned_threads()),
                  crew_.team != nullptr);
    run_job(job, crew_, std::size_t{crew_.threads} + 1, progress);
    if (total != nullptr) total->end_pass();
    for (std::size_t i = 0; i < places.size(); ++i)
      if (searches[i]) searches_[places[i]] = std::move(searches[i]);
  }

  void begin_total(ExactSearch& total) const {
    total.begin_pass();
    ExactTally tally(total);
    totals_.count_known(tally);
  }

  SourcePool& files_;
  std::vector<MeasuredTensor>& tensors_;
  std::vector<std::unique_ptr<ExactSearch>>& searches_;
  const TotalStats& totals_;
  const Crew& crew_;
  const ProgressSink& sink_;
};

}  // namespace

std::unique_ptr<Statistics> make_exact(SourcePool& files, ProfilePlan& plan,
                                       std::vector<std::unique_ptr<ExactSearch>>& searches,
                                       const TotalStats& totals, const Crew& crew, const ProgressSink& sink) {
  return ExactPasses(files, plan, searches, totals, crew, sink).run();
}

}  // namespace weightsieve
