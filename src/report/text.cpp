#include <fmt/format.h>

#include <algorithm>

#include "report/remarks.hpp"
#include "report/reporters.hpp"
#include "report/text_layers.hpp"
#include "report/text_table.hpp"
#include "report/text_totals.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kRemarkLines = 20;

void write_remarks(TextOut& out, const CheckpointProfile& profile, const ReportOptions& options,
                   const Style& style) {
  for (const RemarkSection& section : remark_sections(profile)) {
    out << "\n"
        << (section.warning ? style.warning(section.heading) : style.heading(section.heading)) << "\n";
    const std::size_t shown =
        options.all ? section.lines.size() : std::min(section.lines.size(), kRemarkLines);
    for (std::size_t i = 0; i < shown; ++i)
      out << "  " << section.lines[i] << "\n";
    if (shown < section.lines.size())
      out << fmt::format("  … and {} more (--all)\n", grouped(section.lines.size() - shown));
  }
}

}  // namespace

void write_text(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  const TableLayout layout{options.width, Style(options.color)};
  write_text_inventory(out, profile, title_of(profile, options), layout);
  if (profile.totals.statistics) write_text_statistics(out, profile, layout);
  write_text_layers(out, profile, options, layout);
  write_text_buffers(out, profile, options, layout);
  write_remarks(out, profile, options, layout.style);
  out.flush();
}

void write_ranking_text(const Ranking& ranking, const ReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  const TableLayout layout{options.width, Style(options.color)};
  const auto at = [&ranking](std::size_t row) -> const RankedCheckpoint& { return ranking[row]; };
  std::vector<TextColumn> columns;
  columns.push_back({"rank", Align::right, 4, [](std::size_t row) { return grouped(row + 1); }});
  columns.push_back(
      {"model", Align::left, kLabel, [at](std::size_t row) { return escape_control(at(row).name); }});
  columns.push_back(
      {"parameters", Align::right, 2, [at](std::size_t row) { return grouped(at(row).parameters); }});
  columns.push_back({"layers", Align::right, 1, [at](std::size_t row) { return grouped(at(row).layers); }});
  columns.push_back(
      {"size", Align::right, 3, [at](std::size_t row) { return binary_size(at(row).parameter_bytes); }});
  write_table(out, std::move(columns), ranking.size(), layout);
  out.flush();
}

}  // namespace weightsieve
