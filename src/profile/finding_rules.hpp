// The rules that look at one tensor at a time: a function each, which says what it found, or nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "weightsieve/profile/checkpoint_profile.hpp"
#include "weightsieve/stats/zero_pattern.hpp"

namespace weightsieve {

/// Fewer values than this say little: in n none can be farther than √n standard deviations from the mean, and
/// a share of them is coarse.
inline constexpr std::uint64_t kLeastValues = 4096;

struct Found {
  std::string message;
  std::vector<FindingFigure> figures;
};

/// What a rule may look at: a tensor that has statistics, and which names there are beside it.
struct RuleInput {
  const TensorInfo& info;
  const Statistics& statistics;
  const std::unordered_set<std::string_view>& names;
  const ZeroPattern* zeros;  ///< null where there are too few of them for any pattern
};

using RuleCheck = std::optional<Found> (*)(const RuleInput&);

// value_rules.cpp: what the values are.
std::optional<Found> non_finite(const RuleInput& input);
std::optional<Found> all_zero(const RuleInput& input);
std::optional<Found> constant(const RuleInput& input);
std::optional<Found> dead_rows(const RuleInput& input);
std::optional<Found> dead_columns(const RuleInput& input);
std::optional<Found> two_of_four(const RuleInput& input);
std::optional<Found> outlier(const RuleInput& input);
std::optional<Found> saturated(const RuleInput& input);
std::optional<Found> subnormal(const RuleInput& input);
std::optional<Found> packed_integers(const RuleInput& input);

// cast_rules.cpp: what would become of them in a narrower type.
std::optional<Found> overflows_f16(const RuleInput& input);
std::optional<Found> overflows_bf16(const RuleInput& input);
std::optional<Found> overflows_f32(const RuleInput& input);
std::optional<Found> overflows_f8(const RuleInput& input);
std::optional<Found> flushed_f16(const RuleInput& input);
std::optional<Found> flushed_bf16(const RuleInput& input);
std::optional<Found> flushed_f8(const RuleInput& input);

/// "12 of 1,000 nonzero values (1.2 %)".
std::string share_of(std::uint64_t part, std::uint64_t whole, std::string_view what);

/// The finite value farthest from zero and where it first stands: of equal ones the greater value.
std::optional<Extreme> farthest(const Statistics& statistics);

}  // namespace weightsieve
