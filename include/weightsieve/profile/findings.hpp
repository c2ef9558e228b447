// What in a profile deserves attention, by an explicit table of rules. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/profile/checkpoint_profile.hpp"
#include "weightsieve/stats/zero_pattern.hpp"

namespace weightsieve {

/// A rule's name, what `--fail-on` takes, and what it looks for, in words.
struct FindingRule {
  std::string_view name;
  std::string_view meaning;
};

/// In the order of gravity.
std::span<const FindingRule> finding_rules() noexcept;

/// What a checkpoint's headers tell of these tensors: that each is kept as a weight and its mask.
std::vector<Finding> masked_findings(std::span<const std::string> names);

/// The findings that the profile has, then, applying every rule to every tensor that has statistics: tensors
/// in order, for each the rules in order.
/// `twins`: groups of tensors (places in profile.tensors) whose bytes are equal. `zeros`: by place, where
/// zeros stand; empty when nobody looked. Linear.
std::vector<Finding> find_findings(const CheckpointProfile& profile,
                                   std::span<const std::vector<std::size_t>> twins = {},
                                   std::span<const std::optional<ZeroPattern>> zeros = {});

/// Groups of tensors of one dtype and shape, not tied, whose statistics do not tell them apart: so many may
/// be copies of each other, which only reading them can say. Tensors of one single value are left out: there
/// are many, and another rule names them. Groups and their members in the order of the profile. O(n log n).
std::vector<std::vector<std::size_t>> possible_twins(const CheckpointProfile& profile);

}  // namespace weightsieve
