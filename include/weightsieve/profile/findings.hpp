// What in a profile deserves attention, by an explicit table of rules. Pure functions; any thread.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// The rules' names, in the order of their table: what `--fail-on` takes.
std::span<const std::string_view> finding_rules() noexcept;

/// Applies every rule to every tensor that has statistics: tensors in order, for each the rules in order.
std::vector<Finding> find_findings(const CheckpointProfile& profile);

}  // namespace weightsieve
