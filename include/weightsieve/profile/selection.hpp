// Part of what a profile holds: `report` shows the intervals and quantiles that it is asked for. Plain
// functions; any thread.
#pragma once

#include <utility>
#include <vector>

#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// Drops every interval but these, in this order, from the statistics of the tensors and the totals and from
/// the recorded options. Throws Error{usage} for an interval that the profile does not hold.
void select_intervals(CheckpointProfile& profile, const std::vector<std::pair<double, double>>& intervals);

/// The same for the quantiles of value and of magnitude.
void select_quantiles(CheckpointProfile& profile, const std::vector<double>& quantiles);

}  // namespace weightsieve
