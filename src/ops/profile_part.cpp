// Measures one part of a checkpoint.

#include <fmt/format.h>

#include <utility>

#include "ops/measure_share.hpp"
#include "ops/open_input.hpp"
#include "ops/part_file.hpp"
#include "ops/run_identity.hpp"
#include "weightsieve/base/version.hpp"
#include "weightsieve/ops/partial_profile.hpp"
#include "weightsieve/profile/profile_json.hpp"

namespace weightsieve {
namespace {

void require_part(const ShareOf& part) {
  if (part.shares >= 1 && part.shares <= kMostParts && part.index < part.shares) return;
  throw Error(ErrorCode::usage, fmt::format("part {} of {}: parts count from 0, and are {} at most",
                                            part.index, part.shares, kMostParts));
}

std::string inventory_of(const CheckpointProfile& profile) {
  std::string text;
  write_profile_json(profile, [&text](std::string_view piece) { text += piece; });
  return text;
}

void require_one_pass(const ProfilePlan& plan) {
  if (takes_one_pass(plan)) return;
  throw Error(ErrorCode::usage,
              "exact quantiles of dtypes wider than 16 bits take further passes over the whole checkpoint, "
              "which a part alone cannot make; leave out --exact or --part");
}

}  // namespace

void profile_part(const std::string& path, const ShareOf& part, const StatsOptions& stats,
                  const NameFilter& filter, const RunControl& control, const TextSink& sink,
                  ProfileJournal* journal) {
  require_part(part);
  const NamePatterns names(filter);
  Checkpoint checkpoint = open_input(path, control, filter.include_optimizer);
  SourcePool files = open_files(checkpoint, control.io);
  PartFile file;
  file.version = version();
  file.part = part;
  file.checkpoint = identify_run(checkpoint, files, "", control.io);
  const std::string key = key_of_files(checkpoint);
  CheckpointProfile profile = begin_profile(std::move(checkpoint), path, stats, filter, names);
  file.options = options_on_wire(*profile.options);
  if (part.index == 0) {
    const auto options = std::exchange(profile.options, std::nullopt);  // a document has both or neither
    file.inventory = inventory_of(profile);
    profile.options = options;
  }
  ProfilePlan plan = plan_profile(profile);
  require_one_pass(plan);
  const std::string name = fmt::format("part {}/{}", part.index, part.shares);
  const PartPlan parts(plan, part.shares);
  file.measured = measure_stretch(parts.units(part.index), profile, plan, files, control, Twins::by_digest,
                                  kept_runs(journal, path, key, profile, name));
  files.check_unchanged();
  write_part_file(file, sink);
}

}  // namespace weightsieve
