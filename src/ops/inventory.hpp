// What a checkpoint's headers say, as the start of its profile: shared by every verb that shows one.
#pragma once

#include "ops/name_patterns.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// The profile of `checkpoint` without statistics, of the tensors that `names` keeps; totals follow. Takes
/// the checkpoint by value so that a million tensors can be moved, not copied.
CheckpointProfile take_inventory(Checkpoint checkpoint, const NamePatterns& names);

/// Drops whatever the profile says of tensors that `names` does not keep. Totals stay as they are.
void keep_only(CheckpointProfile& profile, const NamePatterns& names);

}  // namespace weightsieve
