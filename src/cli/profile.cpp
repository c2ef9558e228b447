#include "weightsieve/ops/profile.hpp"

#include <memory>

#include "cli/part.hpp"
#include "cli/paths.hpp"
#include "cli/process.hpp"
#include "cli/profile_report.hpp"
#include "cli/ranks.hpp"
#include "cli/resumption.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/engine/team_step.hpp"
#include "weightsieve/ops/profile_together.hpp"

namespace weightsieve::cli {
namespace {

/// One PATH after the other, each by all ranks; rank 0 writes. What it cannot write ends all of them.
int run_together_with(Team& team, const StatsOptions& stats, const CommonOptions& common,
                      ProfileReport& report, ProfileJournal* journal) {
  std::unique_ptr<Outputs> outputs;
  run_on_first(team, [&] {
    // They cannot be moved. NOLINTNEXTLINE(modernize-make-unique)
    outputs.reset(new Outputs(open_outputs(common)));
    report.plots().open_for_one(common, PictureSubject::profile);
    return std::vector<std::byte>();
  });
  const int status = for_each_path(common, [&](const std::string& path, RunControl control) {
    if (!is_first_rank()) control.progress = {};
    const auto profile = profile_together(team, path, stats, common.filter, control, journal);
    const std::vector<std::byte> told = run_on_first(team, [&] {
      return std::vector(1, static_cast<std::byte>(report.show(*profile, common, *outputs)));
    });
    return std::to_integer<int>(told.front());
  });
  if (outputs && is_done(status)) outputs->commit();
  report.plots().finish(status);
  return status;
}

int run_alone(const StatsOptions& stats, const CommonOptions& common, ProfileReport& report,
              ProfileJournal* journal) {
  Outputs outputs = open_outputs(common);
  report.plots().open_for_one(common, PictureSubject::profile);
  const int status = run_paths(common, outputs, [&](const std::string& path, const RunControl& control) {
    return report.show(profile_checkpoint(path, stats, common.filter, control, journal), common, outputs);
  });
  report.plots().finish(status);
  return status;
}

}  // namespace

int run_profile(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  ProfileReport report;
  StatsRequest request;
  std::optional<ShareOf> part;
  Resumption resumption;
  OptionTable table;
  add_statistics_options(table, request);
  report.add_options(table);
  add_optimizer_option(table, common.filter);
  add_part_option(table, part);
  resumption.add_option(table);
  if (!parse_options(verb, table, arguments, common)) return kDone;
  require_one_path_for_name(common, report.options());
  report.check(common);
  const StatsOptions stats = request.options();

  keep_freed_memory();
  if (part && team() != nullptr)
    throw Error(ErrorCode::usage, "--part is for processes without MPI; ranks share the work by themselves");
  if (resumption.is_complete(common, stats, part, !report.asks_for_whole())) return kDone;
  resumption.open(common);
  return resumption.run([&] {
    if (team() != nullptr) return run_together_with(*team(), stats, common, report, resumption.journal());
    return part ? run_part(*part, stats, common, report, resumption.journal())
                : run_alone(stats, common, report, resumption.journal());
  });
}

}  // namespace weightsieve::cli
