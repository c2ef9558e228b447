#include <fmt/format.h>

#include "cli/messages.hpp"
#include "cli/paths.hpp"
#include "cli/plots.hpp"
#include "weightsieve/ops/saved_profile.hpp"
#include "weightsieve/profile/selection.hpp"

namespace weightsieve::cli {
namespace {

void select(CheckpointProfile& profile, const StatsRequest& request, const NameFilter& filter) {
  if (!request.intervals.empty()) select_intervals(profile, request.intervals);
  if (!request.quantiles.empty()) select_quantiles(profile, request.quantiles);
  select_tensors(profile, filter);
}

/// Pages say it themselves; a JSON document has no place for it.
void warn_of_lost_quantiles(const CheckpointProfile& profile) {
  const auto& totals = profile.totals.statistics;
  if (!totals || !totals->quantiles.values.empty() || totals->counts.finite() == 0) return;
  say(fmt::format(
      "warning: {}: the totals of part of a saved profile have no quantiles; profile --include has",
      profile.name));
}

}  // namespace

int run_report(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  ReportOptions report;
  StatsRequest request;
  Plots plots;
  OptionTable table;
  add_inventory_options(table, report, sort_columns());
  add_view_option(table, report);
  plots.add_option(table);
  add_shown_statistics(table, request);
  if (!parse_options(verb, table, arguments, common)) return kDone;
  require_one_path_for_name(common, report);
  check_report(common, report);

  Outputs outputs = open_outputs(common);
  plots.open_for_one(common, PictureSubject::profile);
  const int status = run_paths(common, outputs, [&](const std::string& path, const RunControl& control) {
    for (CheckpointProfile& profile : read_saved_profiles(path, control.io)) {
      select(profile, request, common.filter);
      if (!common.quiet && outputs.writes(Format::json)) warn_of_lost_quantiles(profile);
      outputs.write_profile(profile, report);
      plots.draw(profile, report);
    }
    return kDone;
  });
  plots.finish(status);
  return status;
}

}  // namespace weightsieve::cli
