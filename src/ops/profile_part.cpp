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

/// A part before anything is measured.
struct BegunPart {
  BegunPart(Checkpoint checkpoint, const std::string& path, const ShareOf& part, const StatsOptions& stats,
            const NameFilter& filter, const RunControl& control)
      : files(open_files(checkpoint, control.io)), key(key_of_files(checkpoint)) {
    file.version = version();
    file.part = part;
    file.checkpoint = identify_run(checkpoint, files, "", control.io);
    profile = begin_profile(std::move(checkpoint), path, stats, filter, NamePatterns(filter));
    file.options = options_on_wire(*profile.options);
  }

  SourcePool files;
  std::string key;
  CheckpointProfile profile;
  PartFile file;
};

bool is_same(const PartFile& a, const PartFile& b) {
  return a.version == b.version && a.part == b.part && a.checkpoint == b.checkpoint && a.options == b.options;
}

/// Nothing where the file holds no part.
std::optional<PartFile> part_in(const std::string& path, IoMode io) {
  try {
    return read_part_file(path, io);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;
  }
  return std::nullopt;
}

}  // namespace

void profile_part(const std::string& path, const ShareOf& part, const StatsOptions& stats,
                  const NameFilter& filter, const RunControl& control, const TextSink& sink,
                  ProfileJournal* journal) {
  require_part(part);
  BegunPart begun(open_input(path, control, filter.include_optimizer), path, part, stats, filter, control);
  auto& [files, key, profile, file] = begun;
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

bool is_finished_part(const std::string& saved, const std::string& path, const ShareOf& part,
                      const StatsOptions& stats, const NameFilter& filter, const RunControl& control) {
  const std::optional<PartFile> found = part_in(saved, control.io);
  if (!found) return false;
  Checkpoint checkpoint = open_input(path, control, filter.include_optimizer);
  return is_same(*found, BegunPart(std::move(checkpoint), path, part, stats, filter, control).file);
}

}  // namespace weightsieve
