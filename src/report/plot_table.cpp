#include "report/plot_table.hpp"

#include <algorithm>
#include <cmath>

#include "report/csv_record.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

constexpr std::string_view kHarmless = " ._-/:,()[]{}*+=|";
constexpr std::string_view kLeftOut = "...";
constexpr std::string_view kMissing = "NaN";

bool is_harmless(char c) noexcept {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || kHarmless.find(c) != std::string_view::npos;
}

bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

std::string harmless(std::string_view text) {
  std::string label;
  for (const char c : text) {
    if (is_harmless(c))
      label += c;
    else if (!continues_character(c))
      label += '?';
  }
  return label.empty() ? "?" : label;
}

std::string number_text(double value) {
  return std::isfinite(value) ? shortest(value) : std::string(kMissing);
}

struct DrawnCell {
  std::string operator()(std::monostate) const { return std::string(kMissing); }
  std::string operator()(const std::string& name) const { return plot_label(name); }
  std::string operator()(double value) const { return number_text(value); }
  std::string operator()(std::uint64_t count) const { return std::to_string(count); }
};

void write_cell(CsvRecord& record, const PlotTable::Cell& cell) {
  if (const auto* name = std::get_if<std::string>(&cell))
    record.field(escape_control(*name));
  else if (const auto* value = std::get_if<double>(&cell))
    record.field(*value);
  else if (const auto* count = std::get_if<std::uint64_t>(&cell))
    record.field(*count);
  else
    record.field(std::string_view());
}

}  // namespace

std::string plot_label(std::string_view text, std::size_t most) {
  std::string label = harmless(text);
  if (label.size() <= most) return label;
  const std::size_t kept = most - kLeftOut.size();
  const std::size_t head = kept / 3;
  return label.substr(0, head).append(kLeftOut).append(label, label.size() - (kept - head));
}

PlotTable::PlotTable(std::initializer_list<std::string_view> headings)
    : headings_(headings.begin(), headings.end()) {}

void PlotTable::end_block() {
  const std::size_t begin = block_ends_.empty() ? 0 : block_ends_.back();
  if (rows_.size() > begin) block_ends_.push_back(rows_.size());
}

PlotTable::Cell PlotTable::cell(const std::optional<double>& value) {
  if (value) return *value;
  return std::monostate();
}

PlotTable::Cell PlotTable::cell(const std::optional<std::uint64_t>& count) {
  if (count) return *count;
  return std::monostate();
}

std::string PlotTable::csv() const {
  std::string text;
  const TextSink sink = [&text](std::string_view piece) { text += piece; };
  TextOut out(sink);
  CsvRecord record(out);
  for (const std::string& heading : headings_)
    record.field(heading);
  record.end();
  for (const std::vector<Cell>& row : rows_) {
    if (row.empty()) continue;
    for (const Cell& one : row)
      write_cell(record, one);
    record.end();
  }
  out.flush();
  return text;
}

std::string PlotTable::plot_data(std::string_view title) const {
  std::string text = plot_label(title, 120) + "\n\n\n";
  auto block_end = block_ends_.begin();
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (block_end != block_ends_.end() && *block_end == row) {
      text += "\n\n";
      ++block_end;
    }
    for (std::size_t column = 0; column < rows_[row].size(); ++column) {
      if (column > 0) text += '\t';
      text += std::visit(DrawnCell(), rows_[row][column]);
    }
    text += '\n';
  }
  return text;
}

}  // namespace weightsieve
