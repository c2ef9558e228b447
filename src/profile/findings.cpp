#include "weightsieve/profile/findings.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>

#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

using Message = std::optional<std::string>;

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}", grouped(count), what);
}

Message non_finite(const Statistics& statistics) {
  const ValueCounts& counts = statistics.counts;
  std::string found;
  const auto add = [&found](std::uint64_t count, std::string_view what) {
    if (count == 0) return;
    if (!found.empty()) found += ", ";
    found += counted(count, what);
  };
  add(counts.nan, "NaN");
  add(counts.positive_infinity, "+infinity");
  add(counts.negative_infinity, "-infinity");
  if (found.empty()) return std::nullopt;
  return fmt::format("{} among {}", found, counted(counts.values(), "values"));
}

Message all_zero(const Statistics& statistics) {
  const ValueCounts& counts = statistics.counts;
  if (counts.values() < 2 || counts.zero != counts.values()) return std::nullopt;
  return fmt::format("all {} are zero", counted(counts.values(), "values"));
}

Message constant(const Statistics& statistics) {
  const ValueCounts& counts = statistics.counts;
  const bool all_finite = counts.finite() == counts.values();
  if (counts.values() < 2 || !all_finite || !statistics.min || !statistics.max) return std::nullopt;
  const Number& value = statistics.min->value;
  if (value != statistics.max->value || value == Number(0.0)) return std::nullopt;
  return fmt::format("all {} are {}", counted(counts.values(), "values"), value.text());
}

struct Rule {
  std::string_view name;
  Message (*check)(const Statistics&);
};

constexpr std::array kRules{
    Rule{"non-finite", non_finite},
    Rule{"all-zero", all_zero},
    Rule{"constant", constant},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kRules.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] = kRules[i].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> finding_rules() noexcept { return kNames; }

std::vector<Finding> find_findings(const CheckpointProfile& profile) {
  std::vector<Finding> findings;
  for (const TensorProfile& tensor : profile.tensors) {
    if (!tensor.statistics) continue;
    for (const Rule& rule : kRules) {
      if (Message message = rule.check(*tensor.statistics))
        findings.push_back({std::string(rule.name), tensor.info.name, std::move(*message)});
    }
  }
  return findings;
}

}  // namespace weightsieve
