#include "weightsieve/ops/compare.hpp"

#include <filesystem>

#include "ops/compare_values.hpp"
#include "ops/crew_of.hpp"
#include "ops/inventory.hpp"
#include "ops/open_alike.hpp"
#include "ops/open_input.hpp"
#include "ops/run_identity.hpp"
#include "weightsieve/ops/profile.hpp"
#include "weightsieve/ops/saved_profile.hpp"

namespace weightsieve {
namespace {

/// A checkpoint's inventory, and its files to read from.
struct OpenedCheckpoint {
  OpenedCheckpoint(Checkpoint checkpoint, const NamePatterns& names, const RunControl& control)
      : files(open_files(checkpoint, control.io)) {
    if (control.team != nullptr) identity = identify_run(checkpoint, files, "", control.io);
    profile = take_inventory(std::move(checkpoint), names);
  }

  SourcePool files;
  Hash128 identity{};  ///< for a team
  CheckpointProfile profile;
};

std::unique_ptr<OpenedCheckpoint> open_side(const std::string& path, const NamePatterns& names,
                                            const RunControl& control) {
  std::unique_ptr<OpenedCheckpoint> side;
  open_alike(control.team, path, [&] {
    side = std::make_unique<OpenedCheckpoint>(open_input(path, control), names, control);
    return side->identity;
  });
  return side;
}

ProfileDiff compare_checkpoints(const std::string& path_a, const std::string& path_b,
                                const CompareOptions& options, const NameFilter& filter,
                                const RunControl& control) {
  const NamePatterns names(filter);
  const auto a = open_side(path_a, names, control);
  const auto b = open_side(path_b, names, control);
  ProfileDiff diff = match_tensors(std::move(a->profile), std::move(b->profile));
  diff.tolerance = options.tolerance;
  compare_values(diff, a->files, b->files, control);
  together(control.team, [&] {
    a->files.check_unchanged();
    b->files.check_unchanged();
  });
  return diff;
}

bool is_profile(const std::string& path) {
  std::error_code ignored;
  return !std::filesystem::is_directory(path, ignored) && is_saved_profile(path);
}

CheckpointProfile saved_profile(const std::string& path, const NameFilter& filter,
                                const RunControl& control) {
  std::vector<CheckpointProfile> profiles = read_saved_profiles(path, control.io);
  if (profiles.size() != 1)
    throw Error(ErrorCode::usage, "holds several profiles; one can be compared", {.file = path});
  select_tensors(profiles.front(), filter);
  return std::move(profiles.front());
}

/// What `other`, a saved profile, would say of the checkpoint.
CheckpointProfile profile_like(const CheckpointProfile& other, const std::string& path,
                               const NameFilter& filter, const RunControl& control) {
  if (!other.options) return inspect_checkpoint(path, filter, control);
  return profile_checkpoint(path, other.options->stats, filter, control);
}

ProfileDiff compare_stored(const std::string& path_a, const std::string& path_b, const NameFilter& filter,
                           const RunControl& control) {
  const bool saved_a = is_profile(path_a);
  const bool saved_b = is_profile(path_b);
  CheckpointProfile a, b;
  if (saved_a) a = saved_profile(path_a, filter, control);
  if (saved_b) b = saved_profile(path_b, filter, control);
  if (!saved_a) a = profile_like(b, path_a, filter, control);
  if (!saved_b) b = profile_like(a, path_b, filter, control);
  if (!crew_of(control).is_first()) return {};
  return diff_profiles(std::move(a), std::move(b));
}

}  // namespace

ProfileDiff compare(const std::string& a, const std::string& b, const CompareOptions& options,
                    const NameFilter& filter, const RunControl& control) {
  if (!is_profile(a) && !is_profile(b)) return compare_checkpoints(a, b, options, filter, control);
  if (options.tolerance)
    throw Error(ErrorCode::usage, "a tolerance needs values, and a saved profile has none; give checkpoints");
  return compare_stored(a, b, filter, control);
}

}  // namespace weightsieve
