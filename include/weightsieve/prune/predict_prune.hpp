// What a plan would do, without writing.
#pragma once

#include "weightsieve/profile/prune_table.hpp"
#include "weightsieve/prune/prune_plan.hpp"

namespace weightsieve {

/// The effect of every level of `plan` on every tensor, in one pass over them. Counts are exact; sums of
/// squares are within 1e-14 of themselves and the same bits whatever the threads. `sizes` are left empty.
/// Of a team, rank 0 gets it; elsewhere counts are 0. `amounts` are those that the plan was made with (`nm`:
/// none).
PruneTable predict_prune(const PrunePlan& plan, std::span<const PruneAmount> amounts, SourcePool& files,
                         const PassControl& control = {});

}  // namespace weightsieve
