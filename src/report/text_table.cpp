#include "report/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weightsieve {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kGap = 2;
constexpr std::size_t kFigures = 2;      ///< columns that labels do not drive out
constexpr std::size_t kLeastLabel = 20;  ///< what labels keep before a column goes

struct FittedColumn {
  TextColumn column;
  std::size_t width;
  bool dropped = false;
};

using FittedColumns = std::vector<FittedColumn>;

/// Of the widest cell.
std::size_t content_width(const TextColumn& column, std::size_t rows) {
  std::size_t width = 0;
  for (std::size_t row = 0; row < rows; ++row)
    width = std::max(width, display_width(column.cell(row)));
  return width;
}

std::size_t total_width(const FittedColumns& columns) {
  std::size_t total = kIndent - kGap;
  for (const FittedColumn& column : columns)
    if (!column.dropped) total += column.width + kGap;
  return total;
}

bool is_label(const FittedColumn& column) { return column.column.importance == kLabel; }

template <class Columns>
auto& label_of(Columns& columns) {
  return *std::ranges::find_if(columns, is_label);
}

/// The columns of figures that are left: how often a row repeats belongs to its label and has no heading.
std::size_t figures_left(const FittedColumns& columns) {
  return static_cast<std::size_t>(std::ranges::count_if(columns, [](const FittedColumn& column) {
    return !column.dropped && !is_label(column) && !column.column.heading.empty();
  }));
}

void drop_least_important(FittedColumns& columns) {
  const auto rank = [](const FittedColumn& column) {
    return column.dropped ? kLabel : column.column.importance;
  };
  std::ranges::min_element(columns, {}, rank)->dropped = true;
}

/// Drops columns until the labels have room, all of it while there are figures enough.
void fit(FittedColumns& columns, std::size_t width) {
  while (total_width(columns) > width && figures_left(columns) > kFigures)
    drop_least_important(columns);
  if (total_width(columns) <= width) return;
  FittedColumn& label = label_of(columns);
  const std::size_t natural = label.width;
  label.width = std::min(natural, kLeastLabel);
  while (total_width(columns) > width && figures_left(columns) > 1)
    drop_least_important(columns);
  const std::size_t others = total_width(columns) - label.width;
  label.width = std::clamp(width > others ? width - others : 0, display_width(label.column.heading), natural);
}

/// One line, of which blanks are written only when something follows them.
class Line {
 public:
  explicit Line(TextOut& out) : out_(&out) {}

  void pad(std::size_t columns) { blanks_ += columns; }

  void text(std::string_view text) {
    if (text.empty()) return;
    out_->pad(blanks_) << text;
    blanks_ = 0;
  }

  void cell(std::string_view content, const FittedColumn& column) {
    const std::size_t used = display_width(content);
    const std::size_t missing = column.width > used ? column.width - used : 0;
    if (column.column.align == Align::right) pad(missing);
    text(content);
    if (column.column.align == Align::left) pad(missing);
  }

 private:
  TextOut* out_;
  std::size_t blanks_ = kIndent;
};

template <class Text>
void write_line(TextOut& out, const FittedColumns& columns, Text text) {
  Line line(out);
  for (const FittedColumn& column : columns) {
    if (column.dropped) continue;
    line.cell(text(column), column);
    line.pad(kGap);
  }
}

void write_headings(TextOut& out, const FittedColumns& columns, const Style& style) {
  std::string headings;
  const TextSink to_headings = [&headings](std::string_view piece) { headings += piece; };
  TextOut heading_out(to_headings);
  write_line(heading_out, columns, [](const FittedColumn& column) { return column.column.heading; });
  heading_out.flush();
  out << style.faint(headings) << "\n";
}

/// The columns behind the indentation.
std::size_t inner_width(std::size_t width) { return std::max(width, kIndent + 1) - kIndent; }

void write_row(TextOut& out, const FittedColumns& columns, std::size_t row, std::size_t width) {
  const FittedColumn& label = label_of(columns);
  std::string name = label.column.cell(row);
  if (display_width(name) > label.width) {
    for (const std::string_view piece : broken(name, inner_width(width), kNameBreaks))
      out.pad(kIndent) << piece << "\n";
    name.clear();
  }
  write_line(out, columns,
             [&](const FittedColumn& column) { return is_label(column) ? name : column.column.cell(row); });
  out << "\n";
}

void write_dropped(TextOut& out, const FittedColumns& columns, const TableLayout& layout) {
  std::vector<std::string_view> names;
  for (const FittedColumn& column : columns)
    if (column.dropped && !column.column.heading.empty()) names.push_back(column.column.heading);
  if (names.empty()) return;
  const std::string note = fmt::format("no room for {}; a wider terminal, 'less -S' or -o FILE.csv shows {}",
                                       fmt::join(names, ", "), names.size() == 1 ? "it" : "them");
  for (std::string_view line : broken(note, inner_width(layout.width), " ")) {
    if (line.ends_with(' ')) line.remove_suffix(1);
    out.pad(kIndent) << layout.style.faint(line) << "\n";
  }
}

}  // namespace

void write_table(TextOut& out, std::vector<TextColumn> columns, std::size_t rows, const TableLayout& layout) {
  FittedColumns fitted;
  for (TextColumn& column : columns) {
    const std::size_t width = content_width(column, rows);
    if (width == 0 && column.importance != kLabel) continue;
    const std::size_t heading = display_width(column.heading);
    fitted.push_back({std::move(column), std::max(width, heading)});
  }
  if (layout.width > 0) fit(fitted, layout.width);
  write_headings(out, fitted, layout.style);
  for (std::size_t row = 0; row < rows; ++row)
    write_row(out, fitted, row, layout.width);
  write_dropped(out, fitted, layout);
}

}  // namespace weightsieve
