#include "weightsieve/ops/profile.hpp"

#include <algorithm>

#include "ops/crew_of.hpp"
#include "ops/exact_passes.hpp"
#include "ops/measure_share.hpp"
#include "ops/open_input.hpp"
#include "ops/profile_plan.hpp"
#include "ops/run_identity.hpp"
#include "ops/twins.hpp"
#include "ops/zero_job.hpp"
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
        plan_(plan_profile(profile)),
        state_(plan_, {}, {}),
        journal_(kept, plan_, state_) {}

  void run() {
    journal_.keep_on_failure([this] { measure(); });
  }

 private:
  void measure() {
    measure_units(plan_, units_of(plan_.tensors, crew_of(control_).threads), files_, control_, state_,
                  journal_);
    profile_.totals.statistics =
        make_exact(files_, plan_, state_.searches, state_.totals, crew_of(control_), control_.progress);
    find();
  }

  void find() {
    const auto twins = equal_twins(files_, profile_, possible_twins(profile_), control_);
    const auto zeros = zero_patterns(files_, profile_, control_);
    files_.check_unchanged();
    profile_.findings = find_findings(profile_, twins, zeros);
  }

  CheckpointProfile& profile_;
  SourcePool& files_;
  const RunControl& control_;
  ProfilePlan plan_;
  MeasureState state_;
  MeasureJournal journal_;
};

}  // namespace

CheckpointProfile profile_checkpoint(const std::string& path, const StatsOptions& stats,
                                     const NameFilter& filter, const RunControl& control,
                                     ProfileJournal* journal) {
  if (control.team != nullptr) {
    auto profile = profile_together(*control.team, path, stats, filter, control, journal);
    return profile ? std::move(*profile) : CheckpointProfile();
  }
  if (journal != nullptr && journal->is_of_several()) {  // joined as ranks do
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
