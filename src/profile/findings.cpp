#include "weightsieve/profile/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "profile/finding_rules.hpp"

namespace weightsieve {
namespace {

constexpr std::string_view kDuplicate = "duplicate";
constexpr std::string_view kTied = "tied";
constexpr std::string_view kMasked = "masked";

struct Rule {
  FindingRule rule;
  RuleCheck check;  ///< none: a rule about several tensors
};

constexpr std::array kRules{
    Rule{{"non-finite", "NaN or infinities"}, non_finite},
    Rule{{"all-zero", "nothing but zeros"}, all_zero},
    Rule{{"constant", "one value throughout"}, constant},
    Rule{{"dead-rows", "rows of nothing but zeros"}, dead_rows},
    Rule{{"dead-columns", "columns of nothing but zeros"}, dead_columns},
    Rule{{"packed-integers", "integers that hold several weights each"}, packed_integers},
    Rule{{"overflows-f32", "values that become infinite in F32"}, overflows_f32},
    Rule{{"overflows-bf16", "values that become infinite in BF16"}, overflows_bf16},
    Rule{{"overflows-f16", "values that become infinite in F16"}, overflows_f16},
    Rule{{"overflows-f8", "parameters that become NaN in F8_E4M3, unscaled"}, overflows_f8},
    Rule{{"saturated", "the largest number of a 16-bit type"}, saturated},
    Rule{{"outlier", "a value 50 standard deviations from the mean or more"}, outlier},
    Rule{{"subnormal", "1 % of the values or more are subnormal"}, subnormal},
    Rule{{"flushed-f16", "1 % of the values or more become zero in F16"}, flushed_f16},
    Rule{{"flushed-bf16", "1 % of the values or more become zero in BF16"}, flushed_bf16},
    Rule{{"flushed-f8", "1 % of the values or more become zero in F8, scaled by tensor"}, flushed_f8},
    Rule{{"sparse-2-4", "two zeros or more in every four values of a row"}, two_of_four},
    Rule{{kDuplicate, "the same bytes as another tensor"}, nullptr},
    Rule{{kTied, "the same storage as another tensor"}, nullptr},
    Rule{{kMasked, "kept in two parts, as torch.nn.utils.prune does"}, nullptr},
};

constexpr auto kPublic = [] {
  std::array<FindingRule, kRules.size()> rules;
  for (std::size_t i = 0; i < rules.size(); ++i)
    rules[i] = kRules[i].rule;
  return rules;
}();

void add_twins(const CheckpointProfile& profile, const std::vector<std::size_t>& group,
               std::vector<Finding>& findings) {
  const std::string& first = profile.tensors[group.front()].info.name;
  for (std::size_t i = 1; i < group.size(); ++i)
    findings.push_back({std::string(kDuplicate),
                        profile.tensors[group[i]].info.name,
                        fmt::format("the same bytes as {}", first),
                        {}});
}

void add_tied(const std::vector<std::string>& names, std::vector<Finding>& findings) {
  for (std::size_t i = 1; i < names.size(); ++i)
    findings.push_back({std::string(kTied),
                        names[i],
                        fmt::format("the same storage as {}, counted once", names.front()),
                        {}});
}

std::unordered_set<std::string_view> names_of(const CheckpointProfile& profile) {
  std::unordered_set<std::string_view> names;
  for (const TensorProfile& tensor : profile.tensors)
    names.insert(tensor.info.name);
  return names;
}

/// What two tensors of equal bytes have in common.
auto likeness(const TensorProfile& tensor) {
  const Statistics& s = *tensor.statistics;
  const ValueCounts& c = s.counts;
  return std::tie(tensor.info.dtype, tensor.info.blocks, tensor.info.shape, c.zero, c.negative_zero,
                  c.negative, c.positive, c.nan, c.subnormal, s.min->value, s.min->index, s.max->value,
                  s.max->index, s.mean, s.l1, s.l2);
}

bool has_two_values(const TensorProfile& tensor) {
  const Statistics* statistics = tensor.statistics.get();
  return statistics != nullptr && statistics->min && statistics->min->value != statistics->max->value;
}

}  // namespace

std::span<const FindingRule> finding_rules() noexcept { return kPublic; }

std::vector<Finding> find_findings(const CheckpointProfile& profile,
                                   std::span<const std::vector<std::size_t>> twins,
                                   std::span<const std::optional<ZeroPattern>> zeros) {
  const auto names = names_of(profile);
  std::vector<Finding> findings = profile.findings;
  for (std::size_t place = 0; place < profile.tensors.size(); ++place) {
    const TensorProfile& tensor = profile.tensors[place];
    if (!tensor.statistics) continue;
    const ZeroPattern* const pattern = !zeros.empty() && zeros[place] ? &*zeros[place] : nullptr;
    for (const auto& [rule, check] : kRules) {
      if (check == nullptr) continue;
      if (std::optional<Found> found = check({tensor.info, *tensor.statistics, names, pattern}))
        findings.push_back(
            {std::string(rule.name), tensor.info.name, std::move(found->message), std::move(found->figures)});
    }
  }
  for (const auto& group : twins)
    add_twins(profile, group, findings);
  if (!profile.options) return findings;
  for (const auto& group : profile.tied)
    add_tied(group, findings);
  return findings;
}

std::vector<Finding> masked_findings(std::span<const std::string> names) {
  std::vector<Finding> findings;
  for (const std::string& name : names)
    findings.push_back({std::string(kMasked),
                        name,
                        fmt::format("the product of {0}_orig and {0}_mask, as which it is kept", name),
                        {}});
  return findings;
}

std::vector<std::vector<std::size_t>> possible_twins(const CheckpointProfile& profile) {
  const auto& tensors = profile.tensors;
  const std::vector<bool> repeats = tied_repeats(tensors, profile.tied);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (!repeats[i] && has_two_values(tensors[i])) order.push_back(i);
  std::ranges::stable_sort(order, [&tensors](std::size_t a, std::size_t b) {
    return likeness(tensors[a]) < likeness(tensors[b]);
  });
  std::vector<std::vector<std::size_t>> groups;
  for (auto first = order.begin(); first != order.end();) {
    const auto last = std::find_if(first, order.end(), [&tensors, first](std::size_t i) {
      return likeness(tensors[i]) != likeness(tensors[*first]);
    });
    if (last - first > 1) groups.emplace_back(first, last);
    first = last;
  }
  std::ranges::sort(groups);
  return groups;
}

}  // namespace weightsieve
