// The verbs inspect and profile: a checkpoint's inventory, and the statistics of its tensors.
#pragma once

#include <string>

#include "weightsieve/ops/profile_journal.hpp"
#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// Reads headers only. Memory: 16 MiB + 8 × the bytes of the headers at most. Throws Error: usage (a pattern
/// that RE2 refuses, a filter that keeps nothing), and what open_checkpoint() throws.
CheckpointProfile inspect_checkpoint(const std::string& path, const NameFilter& filter = {},
                                     const RunControl& control = {});

/// Reads every byte of every tensor that the filter keeps, once (`exact`: more often). The result is a
/// function of the bytes, the filter and `stats`: never of threads, instruction set or way of reading. Throws
/// what inspect_checkpoint() throws, Error{changed} when the input changed meanwhile, Error{cancelled}. With
/// a journal it goes on from what an earlier run kept there (`exact`: of the first pass) and keeps what it
/// measures; then Error{cancelled} names the journal.
CheckpointProfile profile_checkpoint(const std::string& path, const StatsOptions& stats = {},
                                     const NameFilter& filter = {}, const RunControl& control = {},
                                     ProfileJournal* journal = nullptr);

}  // namespace weightsieve
