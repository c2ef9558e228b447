#include "weightsieve/ops/profile.hpp"

#include <algorithm>

#include "ops/measure_share.hpp"
#include "ops/open_input.hpp"
#include "ops/profile_plan.hpp"
#include "ops/run_identity.hpp"
#include "ops/search_job.hpp"
#include "ops/twins.hpp"
#include "ops/zero_job.hpp"
#include "weightsieve/engine/executor.hpp"
#include "weightsieve/engine/solo_team.hpp"
#include "weightsieve/ops/profile_together.hpp"
#include "weightsieve/profile/findings.hpp"

namespace weightsieve {
namespace {

/// One profiling run: plan, first pass, further passes, findings.
class ProfileRun {
 public:
  ProfileRun(CheckpointProfile& profile, SourcePool& files, const RunControl& control, const KeptRuns& kept)
      : profile_(profile),
        files_(files),
        control_(control),
        threads_(control.threads != 0 ? control.threads : available_threads()),
        plan_(plan_profile(profile)),
        tensors_(plan_.tensors),
        state_(plan_, {}, {}),
        journal_(kept, plan_, state_) {}

  void run() {
    journal_.keep_on_failure([this] { measure(); });
  }

 private:
  void measure() {
    measure_units(plan_, units_of(tensors_, threads_), files_, control_, state_, journal_);
    auto [statistics, search] = state_.totals.finish();
    while (needs_pass(search.get()))
      search_once(search.get());
    complete(statistics, search.get());
    profile_.totals.statistics = std::make_unique<Statistics>(std::move(statistics));
    find();
  }

  void find() {
    const auto twins = equal_twins(files_, profile_, possible_twins(profile_), control_);
    const auto zeros = zero_patterns(files_, profile_, control_);
    files_.check_unchanged();
    profile_.findings = find_findings(profile_, twins, zeros);
  }

  static bool open(const std::unique_ptr<ExactSearch>& search) { return search && !search->done(); }

  bool needs_pass(const ExactSearch* total) const {
    return (total != nullptr && !total->done()) || std::ranges::any_of(state_.searches, open);
  }

  /// Reads again what an open search still has to count.
  void search_once(ExactSearch* total) {
    auto& all = state_.searches;
    if (total != nullptr && total->done()) total = nullptr;
    std::vector<MeasuredTensor> again;
    std::vector<std::unique_ptr<ExactSearch>> searches;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      const TensorTask& task = tensors_[i].task;
      const bool counts_in_total =
          total != nullptr && task.total_first && !is_coded(task.dtype) && !total->is_settled(task.dtype);
      if (!open(all[i]) && !counts_in_total) continue;
      again.push_back(tensors_[i]);
      places.push_back(i);
      searches.push_back(open(all[i]) ? std::move(all[i]) : nullptr);
    }
    if (total != nullptr) begin_total(*total);
    ProgressMeter progress(control_.progress, bytes_of(again), "counting again what is not exact yet");
    SearchJob job(files_, again, searches, total, units_of(again, threads_), progress);
    ThreadExecutor(threads_, std::size_t{threads_} + 1, control_.cancel).run(job);
    if (total != nullptr) total->end_pass();
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (searches[i]) all[places[i]] = std::move(searches[i]);
    }
  }

  void begin_total(ExactSearch& total) const {
    total.begin_pass();
    ExactTally tally(total);
    state_.totals.count_known(tally);
  }

  void complete(Statistics& total_statistics, const ExactSearch* total) {
    if (total != nullptr) total->complete(total_statistics);
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      if (state_.searches[i]) state_.searches[i]->complete(*tensors_[i].profile->statistics);
    }
  }

  CheckpointProfile& profile_;
  SourcePool& files_;
  const RunControl& control_;
  unsigned threads_;
  ProfilePlan plan_;
  std::vector<MeasuredTensor>& tensors_;
  MeasureState state_;
  MeasureJournal journal_;
};

/// What several ranks have left is joined as ranks do. `exact`, which one rank measured, goes on by itself.
bool takes_team(const StatsOptions& stats, const ProfileJournal& journal) {
  return stats.quantile_method != QuantileChoice::exact && journal.is_of_several();
}

}  // namespace

CheckpointProfile profile_checkpoint(const std::string& path, const StatsOptions& stats,
                                     const NameFilter& filter, const RunControl& control,
                                     ProfileJournal* journal) {
  if (control.team != nullptr) {
    auto profile = profile_together(*control.team, path, stats, filter, control, journal);
    return profile ? std::move(*profile) : CheckpointProfile();
  }
  if (journal != nullptr && takes_team(stats, *journal)) {
    SoloTeam alone;
    return std::move(*profile_together(alone, path, stats, filter, control, journal));
  }
  const NamePatterns names(filter);
  Checkpoint checkpoint = open_input(path, control, filter.include_optimizer);
  SourcePool files = open_files(checkpoint, control.io);
  const std::string key = key_of_files(checkpoint);
  CheckpointProfile profile = begin_profile(std::move(checkpoint), path, stats, filter, names);
  ProfileRun(profile, files, control, kept_runs(journal, path, key, profile, "whole")).run();
  return profile;
}

}  // namespace weightsieve
