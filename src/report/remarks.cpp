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

/// Items about which the same is to be said: whom it is about, and one of them.
template <class Item>
struct Folded {
  std::string who;
  const Item* first;
};

/// Groups names about which `remark(item)` is the same; `name(item)` is who it is about.
template <class Item, class Name, class Remark>
std::vector<Folded<Item>> folded(const std::vector<Item>& items, Name name, Remark remark) {
  TextNumbers kinds;
  std::vector<NameToFold> names;
  names.reserve(items.size());
  for (const Item& item : items)
    names.push_back({name(item), kinds(remark(item))});
  const Folds folds = fold_names(names);
  std::vector<Folded<Item>> found;
  found.reserve(folds.groups().size());
  for (const Folds::Group& group : folds.groups()) {
    const auto members = folds.members(group);
    const Item& first = items[members.front()];
    found.push_back({members.size() == 1 ? escape_control(name(first))
                                         : fmt::format("{} ×{}", group.label, grouped(members.size())),
                     &first});
  }
  return found;
}

std::vector<Finding> by_rule(std::vector<Finding> findings) {
  const auto place = [](const Finding& finding) {
    const auto rules = finding_rules();
    return std::ranges::find(rules, finding.rule, &FindingRule::name) - rules.begin();
  };
  std::ranges::stable_sort(findings, {}, place);
  return findings;
}

Lines finding_lines(const CheckpointProfile& profile) {
  Lines lines;
  for (const FindingRow& row : finding_rows(profile))
    lines.push_back(fmt::format("{}: {} [{}]", row.who, row.message, row.rule));
  return lines;
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
  Lines lines;
  const auto name = [](const SkippedTensor& tensor) { return std::string_view(tensor.name); };
  const auto reason = [](const SkippedTensor& tensor) { return tensor.reason; };
  for (const auto& [who, tensor] : folded(profile.skipped, name, reason))
    lines.push_back(fmt::format("{}: {}", who, escape_control(tensor->reason)));
  return lines;
}

}  // namespace

std::vector<FindingRow> finding_rows(const CheckpointProfile& profile) {
  const std::vector<Finding> findings = by_rule(profile.findings);
  const auto name = [](const Finding& finding) { return std::string_view(finding.tensor); };
  const auto remark = [](const Finding& finding) {
    return fmt::format("{} [{}]", finding.message, finding.rule);
  };
  std::vector<FindingRow> rows;
  for (const auto& [who, finding] : folded(findings, name, remark))
    rows.push_back({escape_control(finding->rule), who, escape_control(finding->message)});
  return rows;
}

std::vector<RemarkSection> remark_sections(const CheckpointProfile& profile) {
  std::vector<RemarkSection> sections;
  const auto add = [&sections](std::string heading, bool warning, Lines lines) {
    if (!lines.empty()) sections.push_back({std::move(heading), warning, std::move(lines)});
  };
  if (!profile.options) add("Tied tensors", false, tied_lines(profile));  // a profile's findings name them
  add("Findings", true, finding_lines(profile));
  add("Problems", true, problem_lines(profile));
  add("Skipped tensors", true, skipped_lines(profile));
  return sections;
}

}  // namespace weightsieve
