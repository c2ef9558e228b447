#include "report/comparison_report.hpp"

#include <algorithm>

#include "report/comparison_facts.hpp"
#include "report/comparison_rows.hpp"
#include "report/csv_record.hpp"
#include "report/figures.hpp"
#include "report/markup.hpp"

namespace weightsieve {
namespace {

void write_figures(TextOut& out, const ProfileDiff& diff) {
  const std::vector<SideFigure> figures = side_figures(diff);
  if (figures.empty()) return;
  out << "\n## A and B, " << parameters_text(diff) << "\n\n";
  MarkdownTable table(out, {"Figure", "A:", "B:", "B − A:"});
  for (const SideFigure& figure : figures)
    table.cell(figure.name).cell(a_text(figure)).cell(b_text(figure)).cell(shift_text(figure)).end_row();
}

void write_pairs(TextOut& out, const ProfileDiff& diff, const ComparisonReportOptions& options) {
  const ComparisonRows rows = different_pairs(diff, options);
  if (rows.empty()) return;
  std::vector<ComparisonColumn> columns = comparison_columns(diff);
  std::erase_if(columns, [&rows](const ComparisonColumn& column) {
    const auto is_empty = [&column](const ComparisonRow& row) { return column.shown(row).empty(); };
    return column.heading.empty() || std::ranges::all_of(rows, is_empty);
  });
  std::vector<std::string> headings;
  headings.reserve(columns.size());
  for (const ComparisonColumn& column : columns)
    headings.push_back(headings.empty() ? column.heading : markdown_text(column.heading) + ":");
  out << "\n## Changed\n\n";
  MarkdownTable table(out, headings);
  for (const ComparisonRow& row : rows) {
    for (const ComparisonColumn& column : columns)
      table.cell(markdown_text(column.shown(row)));
    table.end_row();
  }
}

}  // namespace

void write_comparison_markdown(const ProfileDiff& diff, const ComparisonReportOptions& options,
                               const TextSink& sink) {
  TextOut out(sink);
  out << "# " << markdown_text(diff.a.name) << " and " << markdown_text(diff.b.name) << "\n\n**"
      << markdown_text(verdict_text(diff)) << "**\n\n";
  out << "- A: " << markdown_text(side_text(diff.a)) << "\n- B: " << markdown_text(side_text(diff.b)) << "\n";
  for (const ComparisonFact& fact : comparison_facts(diff))
    out << (fact.key.empty() ? "  " : "- " + markdown_text(fact.key) + ": ") << markdown_text(fact.text)
        << "\n";
  write_figures(out, diff);
  for (const NameSection& section : name_sections(diff)) {
    out << "\n## " << section.heading << "\n\n";
    for (const std::string& line : section.lines)
      out << "- " << markdown_text(line) << "\n";
  }
  write_pairs(out, diff, options);
  out.flush();
}

void write_comparison_csv(const ProfileDiff& diff, const ComparisonReportOptions& options,
                          const TextSink& sink) {
  TextOut out(sink);
  CsvRecord record(out);
  std::vector<ComparisonColumn> columns = comparison_columns(diff);
  std::erase_if(columns, [](const ComparisonColumn& column) { return column.field.empty(); });
  for (const ComparisonColumn& column : columns)
    record.field(column.field);
  record.end();
  for (const ComparisonRow& row : all_rows(diff, options)) {
    for (const ComparisonColumn& column : columns)
      record.field(column.exact(row));
    record.end();
  }
  out.flush();
}

void write_comparison(const ProfileDiff& diff, Format format, const ComparisonReportOptions& options,
                      const TextSink& sink) {
  switch (format) {
    case Format::json:
      return write_comparison_json(diff, sink);
    case Format::csv:
      return write_comparison_csv(diff, options, sink);
    case Format::markdown:
      return write_comparison_markdown(diff, options, sink);
    case Format::html:
      return write_comparison_html(diff, options, sink);
    default:
      return write_comparison_text(diff, options, sink);
  }
}

}  // namespace weightsieve
