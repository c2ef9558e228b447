// Renamed tensors as people would tell of them: those that have the same new beginning in one line. Pure
// functions.
#pragma once

#include <string>
#include <vector>

#include "weightsieve/profile/profile_diff.hpp"

namespace weightsieve {

/// "encoder.* → bert.encoder.* ×96" where names differ in whole leading parts, "a → b" of others. In the
/// order of A, safe to print. Near-linear.
std::vector<std::string> rename_lines(const ProfileDiff& diff);

}  // namespace weightsieve
