#include "weightsieve/ops/profile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/messages.hpp"
#include "cli/paths.hpp"
#include "cli/plots.hpp"
#include "cli/process.hpp"
#include "cli/spelling.hpp"
#include "weightsieve/profile/findings.hpp"

namespace weightsieve::cli {
namespace {

std::vector<std::string> rule_names() {
  std::vector<std::string> names;
  for (const FindingRule& rule : finding_rules())
    names.emplace_back(rule.name);
  return names;
}

/// Adds the rules of a list separated by commas.
void add_rules(const std::string& list, std::vector<std::string>& rules) {
  const std::vector<std::string> known = rule_names();
  for (std::size_t first = 0; first <= list.size();) {
    const std::size_t end = std::min(list.find(',', first), list.size());
    const std::string name = list.substr(first, end - first);
    if (name == "all") {
      rules = known;
    } else if (std::ranges::find(known, name) == known.end()) {
      throw Error(ErrorCode::usage,
                  fmt::format("'{}' is no rule; see --help{}", name, spelling_hint(name, known)));
    } else {
      rules.push_back(name);
    }
    first = end + 1;
  }
}

void add_fail_on(OptionTable& table, std::vector<std::string>& rules) {
  std::string help = "exit with status 1 when one of these is found; RULE is all, or one of";
  std::string_view separator = ": ";
  for (const FindingRule& rule : finding_rules()) {
    help += fmt::format("{}{} ({})", separator, rule.name, rule.meaning);
    separator = ", ";
  }
  table.repeatable(
      "fail-on", "RULE[,RULE]", [&rules](const auto& text) { add_rules(text, rules); }, help);
}

bool trips(const CheckpointProfile& profile, const std::vector<std::string>& rules) {
  return std::ranges::any_of(profile.findings, [&rules](const Finding& finding) {
    return std::ranges::find(rules, finding.rule) != rules.end();
  });
}

}  // namespace

int run_profile(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  ReportOptions report;
  StatsRequest request;
  std::vector<std::string> fail_on;
  Plots plots;
  OptionTable table;
  add_statistics_options(table, request);
  add_inventory_options(table, report, sort_columns());
  add_view_option(table, report);
  add_optimizer_option(table, common.filter);
  plots.add_option(table);
  add_fail_on(table, fail_on);
  if (!parse_options(verb, table, arguments, common)) return kDone;
  require_one_path_for_name(common, report);
  check_options(report);
  const StatsOptions stats = request.options();

  keep_freed_memory();
  Outputs outputs = open_outputs(common);
  plots.open_for_one(common, PictureSubject::profile);
  const int status = run_paths(common, outputs, [&](const std::string& path, const RunControl& control) {
    const CheckpointProfile profile = profile_checkpoint(path, stats, common.filter, control);
    const bool told = report.view == View::summary && outputs.page_on_terminal();
    if (!common.quiet && !told) warn_of_problems(profile.problems);
    if (!told) warn_of_skipped(profile);
    outputs.write_profile(profile, report);
    plots.draw(profile, report);
    if (trips(profile, fail_on)) return kAnswerIsNo;
    return profile.skipped.empty() ? kDone : kDoneInPart;
  });
  plots.finish(status);
  return status;
}

}  // namespace weightsieve::cli
