// What the tensors of two checkpoints that belong together hold, against each other.
#pragma once

#include "weightsieve/io/source_pool.hpp"
#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/profile_diff.hpp"

namespace weightsieve {

/// Reads the paired tensors of both in step, once, and adds to `diff` what they and their pairs hold; tensors
/// that only one side has are fingerprinted where they may be the other's, renamed. In a team every rank
/// makes the call, and rank 0 has the result. The files are those of `diff.a` and `diff.b`.
void compare_values(ProfileDiff& diff, SourcePool& files_a, SourcePool& files_b, const RunControl& control);

}  // namespace weightsieve
