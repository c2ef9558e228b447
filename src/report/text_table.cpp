#include "report/text_table.hpp"

#include <algorithm>
#include <functional>

namespace weightsieve {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kGap = 2;

struct FittedColumn {
  TextColumn column;
  std::size_t width;
};

std::size_t natural_width(const TextColumn& column, std::size_t rows) {
  std::size_t width = display_width(column.heading);
  for (std::size_t row = 0; row < rows; ++row)
    width = std::max(width, display_width(column.cell(row)));
  return width;
}

std::size_t total_width(const std::vector<FittedColumn>& columns) {
  std::size_t total = kIndent;
  for (const FittedColumn& column : columns)
    total += column.width + kGap;
  return total - kGap;
}

/// The column `better` than all others by importance.
template <class Better>
std::vector<FittedColumn>::iterator by_importance(std::vector<FittedColumn>& columns, Better better) {
  return std::min_element(columns.begin(), columns.end(),
                          [better](const FittedColumn& a, const FittedColumn& b) {
                            return better(a.column.importance, b.column.importance);
                          });
}

FittedColumn& label_of(std::vector<FittedColumn>& columns) {
  return *by_importance(columns, std::greater<>());
}

/// Shortens the labels to three eighths of the terminal if need be, then drops columns, then gives the labels
/// what is left.
void fit(std::vector<FittedColumn>& columns, std::size_t width) {
  if (total_width(columns) <= width) return;
  const std::size_t natural = label_of(columns).width;
  label_of(columns).width = std::min(natural, width * 3 / 8);
  while (columns.size() > 1 && total_width(columns) > width)
    columns.erase(by_importance(columns, std::less<>()));
  FittedColumn& label = label_of(columns);
  const std::size_t others = std::min(total_width(columns) - label.width, width);
  label.width = std::min(natural, width - others);
}

/// Only a label can be wider than its column. The last column is not padded to its right.
void write_cell(TextOut& out, const std::string& text, const FittedColumn& column, bool last) {
  const std::size_t used = display_width(text);
  if (used > column.width) return write_cell(out, shortened(text, column.width), column, last);
  const std::size_t missing = column.width - used;
  if (column.column.align == Align::right) out.pad(missing);
  out << text;
  if (column.column.align == Align::left && !last) out.pad(missing);
}

template <class Text>
void write_line(TextOut& out, const std::vector<FittedColumn>& columns, Text text) {
  out.pad(kIndent);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out.pad(kGap);
    write_cell(out, text(columns[i].column), columns[i], i + 1 == columns.size());
  }
}

}  // namespace

void write_table(TextOut& out, std::vector<TextColumn> columns, std::size_t rows, const TableLayout& layout) {
  std::vector<FittedColumn> fitted;
  for (TextColumn& column : columns) {
    const std::size_t width = natural_width(column, rows);
    fitted.push_back({std::move(column), width});
  }
  if (layout.width > 0) fit(fitted, layout.width);
  std::string headings;
  const TextSink to_headings = [&headings](std::string_view piece) { headings += piece; };
  TextOut heading_out(to_headings);
  write_line(heading_out, fitted, [](const TextColumn& column) { return column.heading; });
  heading_out.flush();
  out << layout.style.faint(headings) << "\n";
  for (std::size_t row = 0; row < rows; ++row) {
    write_line(out, fitted, [row](const TextColumn& column) { return column.cell(row); });
    out << "\n";
  }
}

}  // namespace weightsieve
