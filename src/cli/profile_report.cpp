#include "cli/profile_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/messages.hpp"
#include "cli/paths.hpp"
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

/// "all-zero (1), outlier (5)": which of the rules found how much; empty when none did.
std::string tripped(const CheckpointProfile& profile, const std::vector<std::string>& rules) {
  std::string text;
  for (const std::string& name : rule_names()) {
    if (std::ranges::find(rules, name) == rules.end()) continue;
    const auto found = std::ranges::count(profile.findings, name, &Finding::rule);
    if (found != 0) text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", name, found);
  }
  return text;
}

}  // namespace

void ProfileReport::add_options(OptionTable& table) {
  add_inventory_options(table, options_, sort_columns());
  add_view_option(table, options_);
  plots_.add_option(table);
  add_fail_on(table, fail_on_);
}

void ProfileReport::check(const CommonOptions& common) const { check_report(common, options_); }

int ProfileReport::show(const CheckpointProfile& profile, const CommonOptions& common, Outputs& outputs) {
  const bool told = options_.view == View::summary && outputs.page_on_terminal();
  if (!common.quiet && !told) warn_of_problems(profile.problems);
  if (!told) warn_of_skipped(profile);
  outputs.write_profile(profile, options_);
  plots_.draw(profile, options_);
  if (const std::string rules = tripped(profile, fail_on_); !rules.empty()) {
    if (!common.quiet) say("--fail-on: found " + rules);
    return kAnswerIsNo;
  }
  return profile.skipped.empty() ? kDone : kDoneInPart;
}

}  // namespace weightsieve::cli
