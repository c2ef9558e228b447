#include "report/plot_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "report/csv_record.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

constexpr std::string_view kHarmless = " ._-/:,()[]{}*+=|";
constexpr std::string_view kLeftOut = "...";
constexpr std::string_view kMissing = "NaN";
constexpr std::size_t kMostOfName = 64;  ///< characters
constexpr std::size_t kMostOfTitle = 120;

bool is_harmless(char c) noexcept {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || kHarmless.find(c) != std::string_view::npos;
}

struct Range {
  unsigned first, last;
};

/// Without the gaps between them that no letter is assigned to.
constexpr std::array<Range, 9> kInAnyFont{{{0xC0, 0x17F},
                                           {0x386, 0x386},
                                           {0x388, 0x38A},
                                           {0x38C, 0x38C},
                                           {0x38E, 0x3A1},
                                           {0x3A3, 0x3CE},
                                           {0x401, 0x40C},
                                           {0x40E, 0x44F},
                                           {0x451, 0x45C}}};

bool is_in_any_font(std::string_view letter) noexcept {
  if (letter.size() != 2) return false;  // of UTF-8, which has all of these in two bytes
  const unsigned code =
      (static_cast<unsigned char>(letter[0]) & 0x1Fu) << 6 | (static_cast<unsigned char>(letter[1]) & 0x3Fu);
  return std::ranges::any_of(
      kInAnyFont, [code](const Range& range) { return code >= range.first && code <= range.last; });
}

bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

struct Label {
  std::string text;
  std::vector<std::size_t> begins;  ///< of its characters
};

Label harmless(std::string_view text, Letters letters) {
  Label label;
  const auto add = [&label](std::string_view character) {
    label.begins.push_back(label.text.size());
    label.text += character;
  };
  while (!text.empty()) {
    const std::size_t letter = plain_letter_length(text);
    const bool is_shown = letter > 0 && (letters == Letters::all || is_in_any_font(text.substr(0, letter)));
    if (is_shown || is_harmless(text[0]))
      add(text.substr(0, std::max<std::size_t>(letter, 1)));
    else if (!continues_character(text[0]))
      add("?");
    text.remove_prefix(std::max<std::size_t>(letter, 1));
  }
  if (label.text.empty()) add("?");
  return label;
}

std::string number_text(double value) {
  return std::isfinite(value) ? shortest(value) : std::string(kMissing);
}

struct DrawnCell {
  Letters letters;

  std::string operator()(std::monostate) const { return std::string(kMissing); }
  std::string operator()(const std::string& name) const { return plot_label(name, kMostOfName, letters); }
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

std::string plot_label(std::string_view text, std::size_t most, Letters letters) {
  Label label = harmless(text, letters);
  if (label.begins.size() <= most) return std::move(label.text);
  const std::size_t kept = most - kLeftOut.size();
  const std::size_t head = kept / 3;
  const std::size_t tail = label.begins.size() - (kept - head);
  return label.text.substr(0, label.begins[head]).append(kLeftOut).append(label.text, label.begins[tail]);
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

std::string PlotTable::plot_data(std::string_view title, Letters letters) const {
  std::string text = plot_label(title, kMostOfTitle, letters) + "\n\n\n";
  auto block_end = block_ends_.begin();
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (block_end != block_ends_.end() && *block_end == row) {
      text += "\n\n";
      ++block_end;
    }
    for (std::size_t column = 0; column < rows_[row].size(); ++column) {
      if (column > 0) text += '\t';
      text += std::visit(DrawnCell{letters}, rows_[row][column]);
    }
    text += '\n';
  }
  return text;
}

}  // namespace weightsieve
