// A table of text that fits its terminal: aligned columns, of which the less important go when there is no
// room, said in a line below. Labels are never shortened, so that rows which differ never look alike: one
// that is too long stands on a line of its own above its figures. Cells are made when they are printed, so
// rows cost no memory. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "report/terminal.hpp"
#include "report/text_out.hpp"

namespace weightsieve {

enum class Align : std::uint8_t { left, right };

/// The importance of the one column that says what a row is about, and always stays.
inline constexpr int kLabel = 1'000;

/// Of a column that was asked for: it goes last.
inline constexpr int kAsked = 999;

struct TextColumn {
  std::string heading;
  Align align = Align::right;
  int importance = 0;  ///< where there is no room, the least important column goes first
  std::function<std::string(std::size_t row)> cell;
};

struct TableLayout {
  std::size_t width = 0;  ///< of the terminal; 0: as wide as it gets
  Style style;
};

/// Writes headings and rows, indented by two spaces, and names the columns that had no room; one without
/// heading goes unsaid, and a column of empty cells is none. Requires one kLabel column. Every cell is made
/// twice.
void write_table(TextOut& out, std::vector<TextColumn> columns, std::size_t rows, const TableLayout& layout);

}  // namespace weightsieve
