#include "weightsieve/ops/profile.hpp"
#include "cli/messages.hpp"
#include "cli/paths.hpp"

namespace weightsieve::cli {

int run_profile(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  ReportOptions report;
  StatsRequest request;
  OptionTable table;
  add_statistics_options(table, request);
  add_inventory_options(table, report, sort_columns());
  add_view_option(table, report);
  if (!parse_options(verb, table, arguments, common)) return kDone;
  require_one_path_for_name(common, report);
  check_options(report);
  const StatsOptions stats = request.options();

  Outputs outputs = open_outputs(common);
  return run_paths(common, outputs, [&](const std::string& path, const RunControl& control) {
    const CheckpointProfile profile = profile_checkpoint(path, stats, common.filter, control);
    const bool told = report.view == View::summary && outputs.page_on_terminal();
    if (!common.quiet && !told) warn_of_problems(profile.problems);
    if (!common.quiet) warn_of_no_match(common.filter, path, profile.tensors.size());
    if (!told) warn_of_skipped(profile);
    outputs.write_profile(profile, report);
    return profile.skipped.empty() ? kDone : kDoneInPart;
  });
}

}  // namespace weightsieve::cli
