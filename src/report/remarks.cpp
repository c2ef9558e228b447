#include "report/remarks.hpp"

#include <fmt/format.h>

#include "report/fold.hpp"
#include "weightsieve/base/text.hpp"

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
  Kinds kinds;
  std::vector<NameToFold> names;
  for (const Item& item : items)
    names.push_back({name(item), kinds.number(remark(item))});
  Lines lines;
  for (const FoldedNames& group : fold_names(names)) {
    const std::size_t count = group.members.size();
    const std::string who = count == 1 ? group.label : fmt::format("{} ×{}", group.label, grouped(count));
    lines.push_back(fmt::format("{}: {}", who, escape_control(remark(items[group.members.front()]))));
  }
  return lines;
}

Lines finding_lines(const CheckpointProfile& profile) {
  return folded_lines(
      profile.findings, [](const Finding& finding) { return std::string_view(finding.tensor); },
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
  const auto add = [&sections](std::string heading, Lines lines) {
    if (!lines.empty()) sections.push_back({std::move(heading), std::move(lines)});
  };
  add("Tied tensors", tied_lines(profile));
  add("Findings", finding_lines(profile));
  add("Problems", problem_lines(profile));
  add("Skipped tensors", skipped_lines(profile));
  return sections;
}

}  // namespace weightsieve
