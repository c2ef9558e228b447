#include "report/remarks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/fold.hpp"
#include "report/text_numbers.hpp"
#include "weightsieve/base/text.hpp"
#include "weightsieve/profile/findings.hpp"

namespace weightsieve {
namespace {

using Lines = std::vector<std::string>;

Lines tied_lines(const CheckpointProfile& profile) {
  Lines lines;
  for (const auto& names : profile.tied) {
    std::string line;
    for (const std::string& name : names)
      line += (line.empty() ? "" : " = ") + escape_control(name);
    lines.push_back(std::move(line));
  }
  return lines;
}

/// A line for each group of names about which `remark(item)` is the same; `name(item)` is who it is about.
template <class Item, class Name, class Remark>
Lines folded_lines(const std::vector<Item>& items, Name name, Remark remark) {
  TextNumbers kinds;
  std::vector<NameToFold> names;
  names.reserve(items.size());
  for (const Item& item : items)
    names.push_back({name(item), kinds(remark(item))});
  const Folds folds = fold_names(names);
  Lines lines;
  for (const Folds::Group& group : folds.groups()) {
    const auto members = folds.members(group);
    const Item& first = items[members.front()];
    const std::string who = members.size() == 1 ? escape_control(name(first))
                                                : fmt::format("{} ×{}", group.label, grouped(members.size()));
    lines.push_back(fmt::format("{}: {}", who, escape_control(remark(first))));
  }
  return lines;
}

/// In the order of the rules, the gravest first; rules that are not known here come last.
std::vector<Finding> by_rule(std::vector<Finding> findings) {
  const auto place = [](const Finding& finding) {
    const auto rules = finding_rules();
    return std::ranges::find(rules, finding.rule, &FindingRule::name) - rules.begin();
  };
  std::ranges::stable_sort(findings, {}, place);
  return findings;
}

Lines finding_lines(const CheckpointProfile& profile) {
  const std::vector<Finding> findings = by_rule(profile.findings);
  return folded_lines(
      findings, [](const Finding& finding) { return std::string_view(finding.tensor); },
      [](const Finding& finding) { return fmt::format("{} [{}]", finding.message, finding.rule); });
}

Lines problem_lines(const CheckpointProfile& profile) {
  Lines lines;
  for (const Problem& problem : profile.problems) {
    const std::string at = problem.offset_bytes ? fmt::format(": byte {}", *problem.offset_bytes) : "";
    lines.push_back(
        escape_control(fmt::format("{}{}: {} [{}]", problem.file, at, problem.message, problem.rule)));
  }
  return lines;
}

Lines skipped_lines(const CheckpointProfile& profile) {
  return folded_lines(
      profile.skipped, [](const SkippedTensor& tensor) { return std::string_view(tensor.name); },
      [](const SkippedTensor& tensor) { return tensor.reason; });
}

}  // namespace

std::vector<RemarkSection> remark_sections(const CheckpointProfile& profile) {
  std::vector<RemarkSection> sections;
  const auto add = [&sections](std::string heading, bool warning, Lines lines) {
    if (!lines.empty()) sections.push_back({std::move(heading), warning, std::move(lines)});
  };
  add("Tied tensors", false, tied_lines(profile));
  add("Findings", true, finding_lines(profile));
  add("Problems", true, problem_lines(profile));
  add("Skipped tensors", true, skipped_lines(profile));
  return sections;
}

}  // namespace weightsieve
