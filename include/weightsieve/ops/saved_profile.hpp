// What the verbs report and rank read: profiles that an earlier run saved.
#pragma once

#include <string>
#include <vector>

#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// Whether the file at `path` begins as a saved profile does; reads a few bytes. Throws Error{unreadable} and
/// Error{malformed, rule FILE-KIND} as open_source() does, for a directory too.
bool is_saved_profile(const std::string& path);

/// The profiles in the file at `path`, in order: one JSON document, or several behind each other, as
/// `profile` writes them for several checkpoints. Memory: the file's bytes and what they describe. Throws
/// what open_source() and read_profile_json() throw.
std::vector<CheckpointProfile> read_saved_profiles(const std::string& path, IoMode io = IoMode::automatic);

/// Drops the tensors that `filter` does not keep; totals follow. Of the totals' statistics what stays is what
/// the tensors' own add up to: counts, extremes and intervals. The rest would take the values themselves and
/// becomes absent. Throws Error{usage} for a pattern that RE2 refuses.
void select_tensors(CheckpointProfile& profile, const NameFilter& filter);

}  // namespace weightsieve
