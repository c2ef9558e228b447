#include <filesystem>

#include "cli/messages.hpp"
#include "cli/paths.hpp"
#include "cli/plots.hpp"
#include "cli/titles.hpp"
#include "cli/values.hpp"
#include "weightsieve/ops/profile.hpp"
#include "weightsieve/ops/saved_profile.hpp"

namespace weightsieve::cli {
namespace {

RankedCheckpoint ranked(const CheckpointProfile& profile) {
  const Totals& totals = profile.totals;
  return {profile.name, totals.layers, totals.parameters, totals.parameter_bytes};
}

/// A saved profile is as good as the checkpoint itself: its totals are all that counts.
std::vector<RankedCheckpoint> checkpoints_at(const std::string& path, const CommonOptions& common,
                                             const RunControl& control) {
  std::vector<RankedCheckpoint> found;
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored) && is_saved_profile(path)) {
    for (CheckpointProfile& profile : read_saved_profiles(path, control.io)) {
      select_tensors(profile, common.filter);
      found.push_back(ranked(profile));
    }
    return found;
  }
  const CheckpointProfile profile = inspect_checkpoint(path, common.filter, control);
  if (!common.quiet) warn_of_problems(profile.problems);
  found.push_back(ranked(profile));
  return found;
}

void give_titles(std::vector<RankedCheckpoint>& checkpoints, const std::vector<std::string>& paths) {
  std::vector<NamedPath> named;
  for (std::size_t at = 0; at < checkpoints.size(); ++at)
    named.push_back({checkpoints[at].name, paths[at]});
  std::vector<std::string> titles = distinct_titles(named);
  for (std::size_t at = 0; at < checkpoints.size(); ++at)
    checkpoints[at].name = std::move(titles[at]);
}

}  // namespace

int run_rank(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  ReportOptions report;
  Plots plots;
  OptionTable table;
  table.group("Report");
  table.value(
      "top", "N", [&](const auto& text) { report.top = parse_whole(text, 1, UINT64_MAX); },
      "only the N largest");
  plots.add_option(table);
  if (!parse_options(verb, table, arguments, common)) return kDone;

  Outputs outputs = open_outputs(common);
  plots.open(common, PictureSubject::ranking);
  std::vector<RankedCheckpoint> checkpoints;
  std::vector<std::string> paths;  // of each
  const int status = for_each_path(common, [&](const std::string& path, const RunControl& control) {
    for (RankedCheckpoint& checkpoint : checkpoints_at(path, common, control))
      checkpoints.push_back(std::move(checkpoint));
    paths.resize(checkpoints.size(), path);
    return kDone;
  });
  if (status != kDone) return status;
  give_titles(checkpoints, paths);
  outputs.write([&](Format format, unsigned width, bool color, const TextSink& sink) {
    ReportOptions options = report;
    options.width = width;
    options.color = color;
    write_ranking(checkpoints, format, options, sink);
  });
  plots.draw(std::move(checkpoints), report);
  outputs.commit();
  plots.finish(status);
  return status;
}

}  // namespace weightsieve::cli
