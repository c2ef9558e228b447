#include "cli/messages.hpp"
#include "cli/paths.hpp"
#include "weightsieve/ops/profile.hpp"

namespace weightsieve::cli {

int run_inspect(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  ReportOptions report;
  OptionTable table;
  add_inventory_options(table, report, inventory_sort_columns());
  add_optimizer_option(table, common.filter);
  if (!parse_options(verb, table, arguments, common)) return kDone;
  require_one_path_for_name(common, report);
  check_report(common, report);

  Outputs outputs = open_outputs(common);
  return run_paths(common, outputs, [&](const std::string& path, const RunControl& control) {
    const CheckpointProfile profile = inspect_checkpoint(path, common.filter, control);
    if (!common.quiet && !outputs.page_on_terminal()) warn_of_problems(profile.problems);
    outputs.write_profile(profile, report);
    return kDone;
  });
}

}  // namespace weightsieve::cli
