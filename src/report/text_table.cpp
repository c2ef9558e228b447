#include "report/text_table.hpp"

#include <algorithm>

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

void drop_least_important(std::vector<FittedColumn>& columns) {
  const auto least = std::min_element(
      columns.begin() + 1, columns.end(),
      [](const FittedColumn& a, const FittedColumn& b) { return a.column.importance < b.column.importance; });
  columns.erase(least);
}

/// Shortens the first column to three eighths of the terminal if need be, then drops columns, then gives the
/// first one what is left.
void fit(std::vector<FittedColumn>& columns, std::size_t width) {
  if (total_width(columns) <= width) return;
  const std::size_t natural = columns.front().width;
  columns.front().width = std::min(natural, width * 3 / 8);
  while (columns.size() > 1 && total_width(columns) > width)
    drop_least_important(columns);
  const std::size_t used = std::min(total_width(columns) - columns.front().width, width);
  columns.front().width = std::min(natural, width - used);
}

/// The last column is not padded to its right.
void write_cell(TextOut& out, const std::string& text, const FittedColumn& column, bool last) {
  const std::size_t used = display_width(text);
  const std::size_t missing = used < column.width ? column.width - used : 0;
  if (column.column.align == Align::right) out.pad(missing);
  out << text;
  if (column.column.align == Align::left && !last) out.pad(missing);
}

template <class Text>
void write_line(TextOut& out, const std::vector<FittedColumn>& columns, Text text) {
  out.pad(kIndent);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out.pad(kGap);
    const std::string cell = text(columns[i].column);
    write_cell(out, i == 0 ? shortened(cell, columns[i].width) : cell, columns[i], i + 1 == columns.size());
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
