// A comparison as a page: the verdict and its figures, what came and went, the tensors that changed.
#include <fmt/format.h>

#include <algorithm>

#include "report/comparison_facts.hpp"
#include "report/comparison_report.hpp"
#include "report/comparison_rows.hpp"
#include "report/figures.hpp"
#include "report/html_marks.hpp"
#include "report/html_page.hpp"
#include "report/html_table.hpp"

namespace weightsieve {
namespace {

constexpr PageSection kVerdict{"summary", "Verdict"};
constexpr PageSection kFigures{"figures", "All parameters"};
constexpr PageSection kChanged{"layers", "Changed tensors"};

/// The facts of a comparison are lines; one without a key belongs to the one before.
std::vector<Card> cards_of(const ProfileDiff& diff) {
  std::vector<Card> cards;
  for (const ComparisonFact& fact : comparison_facts(diff)) {
    if (fact.key.empty() && !cards.empty()) {
      cards.back().note += (cards.back().note.empty() ? "" : ", ") + fact.text;
      continue;
    }
    const std::size_t comma = fact.text.find(", ");
    const std::size_t of = fact.text.find(" of ");
    const std::size_t end = std::min({comma, of, fact.text.size()});
    cards.push_back({fact.key, fact.text.substr(0, end),
                     fact.text.substr(std::min(end + (comma == end ? 2 : 1), fact.text.size()))});
  }
  return cards;
}

void write_figures(TextOut& out, const std::vector<SideFigure>& figures) {
  if (figures.empty()) return;
  begin_section(out, kFigures);
  {
    HtmlTable table(out, {{"Figure", "", false}, {"A"}, {"B"}, {"B − A"}});
    for (const SideFigure& figure : figures) {
      const auto shift = figure.a && figure.b ? shortest(*figure.b - *figure.a) : "";
      table.label(figure.name).number(figure.a).number(figure.b).figure(shift_text(figure), shift).end_row();
    }
  }
  end_section(out);
}

bool is_words(const ComparisonColumn& column) {
  return column.heading == "layer" || column.heading == "dtype" || column.heading == "shape";
}

std::vector<ComparisonColumn> shown_columns(const ProfileDiff& diff, const ComparisonRows& rows) {
  std::vector<ComparisonColumn> columns = comparison_columns(diff);
  std::erase_if(columns, [&rows](const ComparisonColumn& column) {
    const auto is_empty = [&column](const ComparisonRow& row) { return column.shown(row).empty(); };
    return column.heading.empty() || std::ranges::all_of(rows, is_empty);
  });
  return columns;
}

void write_cell(HtmlTable& table, const ComparisonColumn& column, const ComparisonRow& row) {
  if (is_words(column) || !column.exact) return static_cast<void>(table.text(column.shown(row)));
  table.figure(column.shown(row), column.exact(row));
}

void write_pairs(TextOut& out, const ProfileDiff& diff, const ComparisonReportOptions& options) {
  const ComparisonRows rows = different_pairs(diff, options);
  if (rows.empty()) return;
  const std::vector<ComparisonColumn> columns = shown_columns(diff, rows);
  std::vector<HtmlColumn> heads;
  for (const ComparisonColumn& column : columns)
    heads.push_back({column.heading, column.field, !is_words(column)});
  heads.push_back({"Histogram", "", false});
  begin_section(out, kChanged,
                "Each histogram has A filled and B as a line, from the least value of both to the greatest; "
                "heights go with the square root of the counts.");
  {
    HtmlTable table(out, heads, true);
    for (const ComparisonRow& row : rows) {
      table.label(columns.front().shown(row));
      for (std::size_t at = 1; at < columns.size(); ++at)
        write_cell(table, columns[at], row);
      table.markup(svg_sparkline(TensorSpan(&row.a, 1), TensorSpan(&row.b, 1))).end_row();
    }
  }
  end_section(out);
}

}  // namespace

void write_comparison_html(const ProfileDiff& diff, const ComparisonReportOptions& options,
                           const TextSink& sink) {
  TextOut out(sink);
  std::vector<PageSection> sections{kVerdict};
  if (!side_figures(diff).empty()) sections.push_back(kFigures);
  if (!different_pairs(diff, options).empty()) sections.push_back(kChanged);
  begin_page(out,
             {diff.a.name + " and " + diff.b.name, "comparison",
              "A " + side_text(diff.a) + "; B " + side_text(diff.b)},
             sections);
  begin_section(out, kVerdict, verdict_text(diff));
  write_cards(out, cards_of(diff));
  end_section(out);
  write_figures(out, side_figures(diff));
  for (const NameSection& section : name_sections(diff)) {
    begin_section(out, {"", section.heading});
    write_lines(out, section.lines);
    end_section(out);
  }
  write_pairs(out, diff, options);
  end_page(out);
  out.flush();
}

}  // namespace weightsieve
