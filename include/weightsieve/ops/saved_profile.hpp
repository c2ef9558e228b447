// What the verbs report and rank read: profiles that an earlier run saved.
#pragma once

#include <string>
#include <vector>

#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// Whether the file at `path` is JSON that names the schema of profiles, wherever its keys were moved to.
/// Reads a few bytes of what is no JSON. Throws Error{unreadable} and Error{malformed, rule FILE-KIND} as
/// open_source() does, for a directory too.
bool is_saved_profile(const std::string& path);

/// The profiles in the file at `path`, in order: one JSON document, or several behind each other, as
/// `profile` writes them for several checkpoints. Memory: the file's bytes and what they describe. Throws
/// what open_source() and read_profile_json() throw.
std::vector<CheckpointProfile> read_saved_profiles(const std::string& path, IoMode io = IoMode::automatic);

/// Drops the tensors that `filter` does not keep; totals follow, by StatisticsPool: counts, extremes and
/// intervals exactly, moments to rounding. Where more than one parameter is left and not all of them, the
/// totals' quantiles, and most often their histogram, would take the values themselves and become absent.
/// Throws Error{usage} for a pattern that RE2 refuses, and for a filter that keeps nothing.
void select_tensors(CheckpointProfile& profile, const NameFilter& filter);

}  // namespace weightsieve
