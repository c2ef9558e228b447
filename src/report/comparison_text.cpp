#include <fmt/format.h>

#include <algorithm>

#include "report/comparison_facts.hpp"
#include "report/comparison_report.hpp"
#include "report/comparison_rows.hpp"
#include "report/figures.hpp"
#include "report/text_table.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kKeyWidth = 13;
constexpr std::size_t kMostNames = 20;

void write_fact(TextOut& out, std::string_view key, std::string_view text, std::size_t width) {
  const std::size_t indent = 2 + kKeyWidth;
  const std::size_t room = std::max(width, indent + 1) - indent;
  out.pad(2) << key;
  out.pad(kKeyWidth - std::min(display_width(key), kKeyWidth - 1));
  if (width == 0) {
    out << text << "\n";
    return;
  }
  bool first = true;
  for (std::string_view line : broken(text, room, " ")) {
    if (line.ends_with(' ')) line.remove_suffix(1);
    if (!first) out.pad(indent);
    out << line << "\n";
    first = false;
  }
}

void write_figures(TextOut& out, const ProfileDiff& diff, const TableLayout& layout) {
  const std::vector<SideFigure> figures = side_figures(diff);
  if (figures.empty()) return;
  std::vector<TextColumn> columns;
  columns.push_back({std::string(parameters_text(diff)), Align::left, kLabel,
                     [&figures](std::size_t row) { return figures[row].name; }});
  columns.push_back({"A", Align::right, 3, [&figures](std::size_t row) { return a_text(figures[row]); }});
  columns.push_back({"B", Align::right, 2, [&figures](std::size_t row) { return b_text(figures[row]); }});
  columns.push_back(
      {"B − A", Align::right, 1, [&figures](std::size_t row) { return shift_text(figures[row]); }});
  out << "\n";
  write_table(out, std::move(columns), figures.size(), layout);
}

void write_sections(TextOut& out, const ProfileDiff& diff, const Style& style) {
  for (const NameSection& section : name_sections(diff)) {
    out << "\n" << style.heading(section.heading) << "\n";
    const std::size_t shown = std::min(section.lines.size(), kMostNames);
    for (std::size_t i = 0; i < shown; ++i)
      out << "  " << section.lines[i] << "\n";
    if (shown < section.lines.size())
      out << fmt::format("  … and {} more; CSV and JSON have all\n", grouped(section.lines.size() - shown));
  }
}

void write_pairs(TextOut& out, const ProfileDiff& diff, const ComparisonReportOptions& options,
                 const TableLayout& layout) {
  const ComparisonRows rows = different_pairs(diff, options);
  if (rows.empty()) return;
  const std::uint64_t all = diff.count(Likeness::different);
  out << "\n"
      << (rows.size() < all
              ? fmt::format("{} of {} that changed", grouped(rows.size()), count_of(all, "tensor"))
              : fmt::format("{} that changed", count_of(all, "tensor")))
      << "\n";
  std::vector<TextColumn> columns;
  for (const ComparisonColumn& column : comparison_columns(diff)) {
    if (column.heading.empty()) continue;
    const bool label = columns.empty();
    columns.push_back({column.heading, label ? Align::left : Align::right, label ? kLabel : column.importance,
                       [&rows, shown = column.shown](std::size_t row) { return shown(rows[row]); }});
  }
  write_table(out, std::move(columns), rows.size(), layout);
}

}  // namespace

void write_comparison_text(const ProfileDiff& diff, const ComparisonReportOptions& options,
                           const TextSink& sink) {
  TextOut out(sink);
  const TableLayout layout{options.width, Style(options.color)};
  const std::string verdict = verdict_text(diff);
  out << (diff.likeness() == Likeness::different ? layout.style.warning(verdict)
                                                 : layout.style.heading(verdict))
      << "\n\n";
  write_fact(out, "A", side_text(diff.a), options.width);
  write_fact(out, "B", side_text(diff.b), options.width);
  for (const ComparisonFact& fact : comparison_facts(diff))
    write_fact(out, fact.key, fact.text, options.width);
  write_figures(out, diff, layout);
  write_sections(out, diff, layout.style);
  write_pairs(out, diff, options, layout);
  out.flush();
}

}  // namespace weightsieve
