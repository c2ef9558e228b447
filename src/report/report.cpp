#include "weightsieve/report/report.hpp"

#include <algorithm>
#include <array>

#include "report/measures.hpp"
#include "report/reporters.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

using ReportFunction = void (*)(const CheckpointProfile&, const ReportOptions&, const TextSink&);
using RankingFunction = void (*)(const Ranking&, const ReportOptions&, const TextSink&);

struct Reporter {
  std::string_view name;
  std::array<std::string_view, 2> endings;  ///< of file names
  std::array<ReportFunction, 3> views;      ///< in the order of View
  RankingFunction ranking;                  ///< may be missing
};

/// In the order of Format.
constexpr std::array kReporters{
    Reporter{"text",
             {".txt", ".text"},
             {write_text, write_sparsity_text, write_findings_text},
             write_ranking_text},
    Reporter{"markdown",
             {".md", ".markdown"},
             {write_markdown, write_sparsity_markdown, write_findings_markdown},
             write_ranking_markdown},
    Reporter{"json", {".json", ".json"}, {write_json, write_json, write_json}, write_ranking_json},
    Reporter{"csv", {".csv", ".csv"}, {write_csv, write_sparsity_csv, write_findings_csv}, write_ranking_csv},
    Reporter{"html", {".html", ".htm"}, {write_html, write_html, write_html}, nullptr},
};

const Reporter& reporter(Format format) { return kReporters[static_cast<std::size_t>(format)]; }

template <class Matches>
std::optional<Format> format_that(Matches matches) {
  const auto at = std::ranges::find_if(kReporters, matches);
  if (at == kReporters.end()) return std::nullopt;
  return static_cast<Format>(at - kReporters.begin());
}

bool sorts_by_statistics(const ReportOptions& options) {
  if (options.sort.empty()) return false;
  const std::string_view column = sort_order(options.sort).column;
  return column != "name" && measure(column).needs_statistics;
}

void require_statistics(const CheckpointProfile& profile, const ReportOptions& options) {
  if (profile.options) return;
  if (options.view == View::sparsity)
    throw Error(ErrorCode::usage, "the sparsity view needs a profile; an inventory holds no statistics");
  if (options.view == View::findings)
    throw Error(ErrorCode::usage, "the view of findings needs a profile; an inventory has none");
  if (sorts_by_statistics(options)) {
    throw Error(ErrorCode::usage,
                "sorting by \"" + options.sort + "\" needs a profile; an inventory holds no statistics");
  }
}

}  // namespace

std::optional<Format> format_from_name(std::string_view name) noexcept {
  return format_that([name](const Reporter& one) { return one.name == name; });
}

std::string_view to_string(Format format) noexcept { return reporter(format).name; }

std::optional<Format> format_from_path(std::string_view path) noexcept {
  return format_that([path](const Reporter& one) {
    return std::ranges::any_of(one.endings,
                               [path](std::string_view ending) { return path.ends_with(ending); });
  });
}

void check_options(const ReportOptions& options) {
  if (!options.sort.empty()) sort_order(options.sort);
  if (options.group_by == 0u)
    throw Error(ErrorCode::usage, "names are grouped by one part or more, not by none");
}

void write_report(const CheckpointProfile& profile, Format format, const ReportOptions& options,
                  const TextSink& sink) {
  check_options(options);
  require_statistics(profile, options);
  const ReportFunction write = reporter(format).views[static_cast<std::size_t>(options.view)];
  write(profile, options, sink);
}

Ranking ranked(Ranking checkpoints, const ReportOptions& options) {
  std::ranges::stable_sort(checkpoints, [](const RankedCheckpoint& a, const RankedCheckpoint& b) {
    return a.parameter_bytes != b.parameter_bytes ? a.parameter_bytes > b.parameter_bytes : a.name < b.name;
  });
  if (options.top && *options.top < checkpoints.size()) checkpoints.resize(*options.top);
  return checkpoints;
}

void write_ranking(std::vector<RankedCheckpoint> checkpoints, Format format, const ReportOptions& options,
                   const TextSink& sink) {
  const RankingFunction write = reporter(format).ranking;
  if (write == nullptr) throw Error(ErrorCode::usage, "a ranking has no HTML page; there are its pictures");
  write(ranked(std::move(checkpoints), options), options, sink);
}

const std::string& title_of(const CheckpointProfile& profile, const ReportOptions& options) noexcept {
  return options.name.empty() ? profile.name : options.name;
}

}  // namespace weightsieve
