#include <fmt/format.h>

#include <cmath>

#include "cli/messages.hpp"
#include "cli/paths.hpp"
#include "cli/plots.hpp"
#include "cli/titles.hpp"
#include "cli/values.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/ops/compare.hpp"
#include "weightsieve/report/comparison_report.hpp"

namespace weightsieve::cli {
namespace {

double parse_tolerance(const std::string& text) {
  const double tolerance = parse_real(text);
  if (tolerance >= 0 && std::isfinite(tolerance)) return tolerance;
  throw Error(ErrorCode::usage, fmt::format("'{}' is no distance; must be 0 or a positive number", text));
}

void require_two_paths(const std::vector<std::string>& paths) {
  if (paths.size() == 2) return;
  throw Error(ErrorCode::usage, fmt::format("compares two PATHs, A and B; {} given", paths.size()));
}

void warn(const ProfileDiff& diff, const CommonOptions& common) {
  warn_of_problems(diff.a.problems);
  warn_of_problems(diff.b.problems);
  warn_of_skipped(diff.a);
  warn_of_skipped(diff.b);
  warn_of_no_match(common.filter, common.paths[0], diff.a.tensors.size());
  warn_of_no_match(common.filter, common.paths[1], diff.b.tensors.size());
}

void give_titles(ProfileDiff& diff, const std::vector<std::string>& paths) {
  const auto titles = distinct_titles({{diff.a.name, paths[0]}, {diff.b.name, paths[1]}});
  diff.a.name = titles[0];
  diff.b.name = titles[1];
}

int status_of(const ProfileDiff& diff) {
  if (diff.likeness() == Likeness::different) return kAnswerIsNo;
  return diff.a.skipped.empty() && diff.b.skipped.empty() ? kDone : kDoneInPart;
}

}  // namespace

int run_compare(const Verb& verb, const Arguments& arguments) {
  CommonOptions common;
  CompareOptions options;
  ComparisonReportOptions report;
  Plots plots;
  OptionTable table;
  table.group("Comparison");
  table.value(
      "tolerance", "T", [&](const auto& text) { options.tolerance = parse_tolerance(text); },
      "values at most T apart are equal, whatever dtype stores them (0: the same numbers)");
  table.value(
      "sort", "COLUMN", [&](const auto& text) { report.sort = text; },
      fmt::format("order of the tensors: {}; with :asc or :desc",
                  fmt::join(comparison_sort_columns(), ", ")));
  table.value(
      "top", "N", [&](const auto& text) { report.top = parse_whole(text, 1, UINT64_MAX); },
      "only the first N tensors; without --sort those that changed most");
  plots.add_option(table);
  if (!parse_options(verb, table, arguments, common)) return kDone;
  require_two_paths(common.paths);
  check_options(report);

  Outputs outputs = open_outputs(common);
  plots.open(common, PictureSubject::comparison);
  const auto work = [&](const std::string&, const RunControl& control) {
    ProfileDiff diff = compare(common.paths[0], common.paths[1], options, common.filter, control);
    give_titles(diff, common.paths);
    if (!common.quiet) warn(diff, common);
    outputs.write([&](Format format, unsigned width, bool color, const TextSink& sink) {
      report.width = width;
      report.color = color;
      write_comparison(diff, format, report, sink);
    });
    plots.draw(diff);
    return status_of(diff);
  };
  const int status = run_together(common, outputs, work);
  plots.finish(status);
  return status;
}

}  // namespace weightsieve::cli
