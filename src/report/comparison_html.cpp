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
#include "report/html_text.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kMostBars = 14;

constexpr PageSection kVerdict{"summary", "Verdict"};
constexpr PageSection kFigures{"figures", "Overview"};
constexpr PageSection kChanged{"layers", "Changed tensors"};

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

/// The facts of a comparison are lines; one without a key belongs to the one before. What follows the figure
/// itself is a note.
std::vector<Card> cards_of(const ProfileDiff& diff) {
  std::vector<Card> cards;
  for (const ComparisonFact& fact : comparison_facts(diff)) {
    if (fact.key.empty() && !cards.empty()) {
      cards.back().note += (cards.back().note.empty() ? "" : ", ") + fact.text;
      continue;
    }
    const std::size_t end = std::min({fact.text.find(", "), fact.text.find(" of "), fact.text.size()});
    std::string note = fact.text.substr(end);
    note.erase(0, note.find_first_not_of(", "));
    cards.push_back({capitalized(fact.key), fact.text.substr(0, end), std::move(note)});
  }
  return cards;
}

void write_figures(TextOut& out, const ProfileDiff& diff) {
  const std::vector<SideFigure> figures = side_figures(diff);
  out << "<figure><figcaption>A and B<small>Of " << parameters_text(diff) << "</small></figcaption>\n";
  {
    HtmlTable table(out, {{"Figure", "", false}, {"A"}, {"B"}, {"B − A"}});
    for (const SideFigure& figure : figures) {
      const auto shift = figure.a && figure.b ? shortest(*figure.b - *figure.a) : "";
      table.label(figure.name)
          .figure(a_text(figure), exact_text(figure.a))
          .figure(b_text(figure), exact_text(figure.b))
          .figure(shift_text(figure), shift)
          .end_row();
    }
  }
  out << "</figure>\n";
}

/// A bar of so many percent of its cell.
std::string meter(double percent) {
  return fmt::format(R"(<svg class="meter" viewBox="0 0 100 10" preserveAspectRatio="none">)"
                     R"(<rect class="bar" width="{}" height="10"/></svg>)",
                     coordinate(percent));
}

double relative_l2(const ComparisonRow& row) {
  return row.values() != nullptr ? row.values()->relative_l2.value_or(0) : 0;
}

/// What changed most, where values were compared.
void write_changed_most(TextOut& out, const ProfileDiff& diff) {
  const ComparisonRows rows = different_pairs(diff, {.sort = "relative_l2", .top = kMostBars});
  const double greatest = rows.empty() ? 0 : relative_l2(rows.front());
  if (greatest == 0) return;
  out << R"(<figure id="most"><figcaption>Changed most<small>Relative L2: the distance of B from A, over the )"
         "length "
      << "of A</small></figcaption>\n";
  {
    HtmlTable table(out, {{"Tensor", "name", false}, {"", "bar", false}, {"Relative L2", "relative_l2"}});
    for (const ComparisonRow& row : rows)
      table.label(row.info().name)
          .markup(meter(100 * relative_l2(row) / greatest))
          .number(relative_l2(row))
          .end_row();
  }
  out << "</figure>\n";
}

void write_overview(TextOut& out, const ProfileDiff& diff) {
  if (side_figures(diff).empty()) return;
  begin_section(out, kFigures);
  out << "<div class=\"figures\">\n";
  write_figures(out, diff);
  write_changed_most(out, diff);
  out << "</div>\n";
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
  heads.reserve(columns.size() + 1);
  for (const ComparisonColumn& column : columns)
    heads.push_back(
        {capitalized(column.heading), column.field, !is_words(column) && column.exact != nullptr});
  heads.push_back({"Histogram", "", false});
  begin_section(out, kChanged,
                "Each histogram has A in grey and B as a line, from the least value of both to the greatest; "
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
              "A is " + side_text(diff.a) + "; B is " + side_text(diff.b)},
             sections);
  begin_section(out, kVerdict);
  out << R"(<p class="verdict">)" << html_text(capitalized(verdict_text(diff))) << "</p>\n";
  write_cards(out, cards_of(diff));
  end_section(out);
  write_overview(out, diff);
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
