// What each share of a run must note for findings that need the whole checkpoint: see chunk_traces.hpp. Pure
// functions of the inventory.
#pragma once

#include <vector>

#include "ops/chunk_traces.hpp"
#include "ops/profile_plan.hpp"
#include "ops/share_layout.hpp"

namespace weightsieve {

/// How tensors that hold the same bytes are found.
enum class Twins : std::uint8_t {
  by_digest,  ///< of whatever could have one, taken while it is read
  by_reading  ///< again what statistics do not tell apart
};

/// One a tensor of the plan: by_digest a digest of those that share dtype and shape with another; zeros of
/// those that are cut.
std::vector<TraceRequest> trace_requests(const CheckpointProfile& profile, const ProfilePlan& plan,
                                         const ShareLayout& layout, Twins twins);

}  // namespace weightsieve
