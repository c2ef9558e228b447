#include "weightsieve/ops/profile.hpp"

#include "cli/part.hpp"
#include "cli/paths.hpp"
#include "cli/process.hpp"
#include "cli/profile_report.hpp"

namespace weightsieve::cli {

int run_profile(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  ProfileReport report;
  StatsRequest request;
  std::optional<ShareOf> part;
  OptionTable table;
  add_statistics_options(table, request);
  report.add_options(table);
  add_optimizer_option(table, common.filter);
  add_part_option(table, part);
  if (!parse_options(verb, table, arguments, common)) return kDone;
  require_one_path_for_name(common, report.options());
  report.check();
  const StatsOptions stats = request.options();

  keep_freed_memory();
  if (part) return run_part(*part, stats, common, report);
  Outputs outputs = open_outputs(common);
  report.plots().open_for_one(common, PictureSubject::profile);
  const int status = run_paths(common, outputs, [&](const std::string& path, const RunControl& control) {
    return report.show(profile_checkpoint(path, stats, common.filter, control), common, outputs);
  });
  report.plots().finish(status);
  return status;
}

}  // namespace weightsieve::cli
