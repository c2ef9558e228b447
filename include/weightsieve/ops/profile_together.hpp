// The verb profile, done by several processes together: the same bytes as by one.
#pragma once

#include <optional>
#include <string>

#include "weightsieve/engine/team.hpp"
#include "weightsieve/ops/profile_journal.hpp"
#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// profile_checkpoint() by all ranks of a team, each of which sees the checkpoint at `path` and measures a
/// balanced share of it, on control.threads threads. Rank 0 gets the profile, the others nothing. What is
/// thrown on one rank is thrown on all of them. Memory of rank 0: as profile_checkpoint(), and one rank's
/// share of the results (see profile_part()). `exact` of dtypes wider than 16 bits is done by rank 0 alone.
/// With journals, one for each rank on a file system that all of them see, it goes on with what runs of any
/// number of ranks kept.
std::optional<CheckpointProfile> profile_together(Team& team, const std::string& path,
                                                  const StatsOptions& stats = {},
                                                  const NameFilter& filter = {},
                                                  const RunControl& control = {},
                                                  ProfileJournal* journal = nullptr);

}  // namespace weightsieve
