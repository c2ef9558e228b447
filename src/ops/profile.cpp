#include "weightsieve/ops/profile.hpp"

#include <algorithm>

#include "ops/measure_job.hpp"
#include "ops/open_input.hpp"
#include "ops/profile_plan.hpp"
#include "ops/search_job.hpp"
#include "ops/twins.hpp"
#include "ops/zero_job.hpp"
#include "weightsieve/engine/executor.hpp"
#include "weightsieve/profile/findings.hpp"

namespace weightsieve {
namespace {

/// One profiling run: plan, first pass, further passes.
class ProfileRun {
 public:
  ProfileRun(CheckpointProfile& profile, SourcePool& files, const RunControl& control)
      : profile_(profile),
        files_(files),
        control_(control),
        threads_(control.threads != 0 ? control.threads : available_threads()),
        plan_(plan_profile(profile)),
        context_(plan_.context),
        tensors_(plan_.tensors) {}

  void run() {
    TotalStats totals(context_);
    searches_.resize(tensors_.size());
    measure(totals);
    auto [statistics, search] = totals.finish();
    while (needs_pass(search.get()))
      search_once(totals, search.get());
    complete(statistics, search.get());
    profile_.totals.statistics = std::make_unique<Statistics>(std::move(statistics));
  }

 private:
  void measure(TotalStats& totals) {
    ProgressMeter progress(control_.progress, bytes_of(tensors_), "counting");
    MeasureJob job(files_, context_, tensors_, units_of(tensors_, threads_), totals, searches_, progress);
    ThreadExecutor(threads_, 2 * std::size_t{threads_}, control_.cancel).run(job);
  }

  static bool open(const std::unique_ptr<ExactSearch>& search) { return search && !search->done(); }

  bool needs_pass(const ExactSearch* total) const {
    return (total != nullptr && !total->done()) || std::ranges::any_of(searches_, open);
  }

  /// Reads again what an open search still has to count.
  void search_once(const TotalStats& totals, ExactSearch* total) {
    if (total != nullptr && total->done()) total = nullptr;
    std::vector<MeasuredTensor> again;
    std::vector<std::unique_ptr<ExactSearch>> searches;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      const TensorTask& task = tensors_[i].task;
      const bool counts_in_total =
          total != nullptr && task.total_first && !is_coded(task.dtype) && !total->is_settled(task.dtype);
      if (!open(searches_[i]) && !counts_in_total) continue;
      again.push_back(tensors_[i]);
      places.push_back(i);
      searches.push_back(open(searches_[i]) ? std::move(searches_[i]) : nullptr);
    }
    if (total != nullptr) begin_total(totals, *total);
    ProgressMeter progress(control_.progress, bytes_of(again), "counting again what is not exact yet");
    SearchJob job(files_, again, searches, total, units_of(again, threads_), progress);
    ThreadExecutor(threads_, std::size_t{threads_} + 1, control_.cancel).run(job);
    if (total != nullptr) total->end_pass();
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (searches[i]) searches_[places[i]] = std::move(searches[i]);
    }
  }

  static void begin_total(const TotalStats& totals, ExactSearch& total) {
    total.begin_pass();
    ExactTally tally(total);
    totals.count_known(tally);
  }

  void complete(Statistics& total_statistics, const ExactSearch* total) {
    if (total != nullptr) total->complete(total_statistics);
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      if (searches_[i]) searches_[i]->complete(*tensors_[i].profile->statistics);
    }
  }

  CheckpointProfile& profile_;
  SourcePool& files_;
  const RunControl& control_;
  unsigned threads_;
  ProfilePlan plan_;
  const StatsContext& context_;
  std::vector<MeasuredTensor>& tensors_;
  std::vector<std::unique_ptr<ExactSearch>> searches_;
};

}  // namespace

CheckpointProfile profile_checkpoint(const std::string& path, const StatsOptions& stats,
                                     const NameFilter& filter, const RunControl& control) {
  const NamePatterns names(filter);
  Checkpoint checkpoint = open_input(path, control, filter.include_optimizer);
  SourcePool files = open_files(checkpoint, control.io);
  CheckpointProfile profile = begin_profile(std::move(checkpoint), path, stats, filter, names);
  ProfileRun(profile, files, control).run();
  const auto twins = equal_twins(files, profile, possible_twins(profile), control);
  const auto zeros = zero_patterns(files, profile, control);
  files.check_unchanged();
  profile.findings = find_findings(profile, twins, zeros);
  return profile;
}

}  // namespace weightsieve
