#include "cli/paths.hpp"
#include "cli/profile_report.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/ops/partial_profile.hpp"

namespace weightsieve::cli {

int run_merge(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  ProfileReport report;
  OptionTable table;
  report.add_options(table);
  if (!parse_options(verb, table, arguments, common)) return kDone;
  report.check(common);
  if (!common.filter.include.empty() || !common.filter.exclude.empty())
    throw Error(ErrorCode::usage,
                "parts are joined as they are; give --include and --exclude to 'profile --part'");

  Outputs outputs = open_outputs(common);
  report.plots().open(common, PictureSubject::profile);
  const int status = run_together(common, outputs, [&](const std::string&, const RunControl& control) {
    return report.show(merge_parts(common.paths, control), common, outputs);
  });
  report.plots().finish(status);
  return status;
}

}  // namespace weightsieve::cli
