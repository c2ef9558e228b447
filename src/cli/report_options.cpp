// Options of what is counted and how it is shown, for the verbs that report on tensors.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/options.hpp"
#include "cli/values.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {
namespace {

constexpr std::uint64_t kMostSample = std::uint64_t{1} << 24;
constexpr std::uint64_t kMostBins = 1'000'000;
constexpr std::uint64_t kMostDepth = 1000;

/// Asking twice for the same is asking once.
template <class T>
void add_new(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

/// Intervals and quantiles, to be counted or to be shown of what was.
void add_interval_and_quantile_options(OptionTable& table, StatsRequest& request,
                                       std::string_view outside_help, std::string_view quantiles_help) {
  table.repeatable(
      "outside", "LOW:HIGH", [&](const auto& text) { add_new(request.intervals, parse_interval(text)); },
      outside_help);
  table.repeatable(
      "threshold", "T", [&](const auto& text) { add_new(request.intervals, parse_threshold(text)); },
      "the same as --outside -T:T");
  table.value(
      "quantiles", "LIST",
      [&](const auto& text) {
        for (const double q : parse_quantiles(text))
          add_new(request.quantiles, q);
      },
      quantiles_help);
}

}  // namespace

StatsOptions StatsRequest::options() const {
  StatsOptions merged = stats;
  if (!intervals.empty()) merged.intervals = intervals;
  if (!quantiles.empty()) merged.quantiles = quantiles;
  if (exact && stats.quantile_method == QuantileChoice::reservoir)
    throw Error(ErrorCode::usage, "--exact contradicts --quantile-method reservoir");
  if (exact) merged.quantile_method = QuantileChoice::exact;
  return merged;
}

void add_inventory_options(OptionTable& table, ReportOptions& report,
                           std::span<const std::string_view> columns) {
  table.group("Report");
  table.value(
      "name", "NAME", [&](const auto& text) { report.name = text; },
      "title of the report (default: the checkpoint's name)");
  table.value(
      "rank-page", "FILE", [&](const auto& text) { report.rank_page = text; },
      "markdown: link to this ranking page");
  table.flag("all", report.all, "text: a row for every tensor");
  table.value(
      "sort", "COLUMN", [&](const auto& text) { report.sort = text; },
      fmt::format("order of the layers: {}; with :asc or :desc", fmt::join(columns, ", ")));
  table.value(
      "top", "N", [&](const auto& text) { report.top = parse_whole(text, 1, UINT64_MAX); },
      "only the first N layers; without --sort the largest");
  table.value(
      "group-by", "DEPTH",
      [&](const auto& text) { report.group_by = static_cast<unsigned>(parse_whole(text, 1, kMostDepth)); },
      "one row for layers whose names share their first DEPTH parts");
}

void add_optimizer_option(OptionTable& table, NameFilter& filter) {
  table.flag("include-optimizer", filter.include_optimizer,
             "PyTorch: the state of optimizers and other training too, as buffers");
}

void add_view_option(OptionTable& table, ReportOptions& report) {
  table.value(
      "view", "NAME",
      [&](const auto& text) {
        report.view = choose<View>(
            text, {{"summary", View::summary}, {"sparsity", View::sparsity}, {"findings", View::findings}});
      },
      "summary (default), sparsity: the share of values outside each interval, or findings alone");
  table.flag("long", report.tidy, "CSV: a row a statistic instead of a row a tensor");
}

void add_shown_statistics(OptionTable& table, StatsRequest& request) {
  table.group("Statistics");
  add_interval_and_quantile_options(table, request,
                                    "of the profile's intervals show only this one (repeatable)",
                                    "of the profile's quantiles show only these, separated by commas");
}

void add_statistics_options(OptionTable& table, StatsRequest& request) {
  StatsOptions& stats = request.stats;
  table.group("Statistics");
  add_interval_and_quantile_options(
      table, request, "count values below LOW and above HIGH (repeatable; default: -0.01:0.01 -0.1:0.1 -1:1)",
      "quantiles of value and magnitude, separated by commas; default: "
      "0,0.001,0.01,0.05,0.25,0.5,0.75,0.95,0.99,0.999,1");
  table.value(
      "quantile-method", "NAME",
      [&](const auto& text) {
        stats.quantile_method = choose<QuantileChoice>(text, {{"auto", QuantileChoice::automatic},
                                                              {"reservoir", QuantileChoice::reservoir},
                                                              {"exact", QuantileChoice::exact}});
      },
      "auto (default): one pass, with certain bounds; reservoir: a sample, fastest; exact: more passes");
  table.flag("exact", request.exact, "the same as --quantile-method exact");
  table.value(
      "sample", "N", [&](const auto& text) { stats.sample = parse_whole(text, 1, kMostSample); },
      "values in the sample of a tensor (default 65536)");
  table.value(
      "seed", "N", [&](const auto& text) { stats.seed = parse_whole(text, 0, UINT64_MAX); },
      "of the sample (default 0)");
  table.value(
      "bins", "N", [&](const auto& text) { stats.bins = parse_whole(text, 1, kMostBins); },
      "bins of the histogram (default 200)");
  table.value(
      "range", "LOW:HIGH", [&](const auto& text) { stats.range = parse_finite_range(text); },
      "range of the histogram instead of least to greatest value");
}

}  // namespace weightsieve::cli
