// A table of text that fits its terminal: aligned columns, of which the less important go when there is no
// room, and names shortened in the middle. Cells are made when they are printed, so rows cost no memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "report/terminal.hpp"
#include "report/text_out.hpp"

namespace weightsieve {

enum class Align : std::uint8_t { left, right };

/// The importance of the one column that always stays, and is shortened.
inline constexpr int kLabel = 1'000;

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

/// Writes headings and rows, indented by two spaces. Requires one kLabel column. Every cell is made twice.
void write_table(TextOut& out, std::vector<TextColumn> columns, std::size_t rows, const TableLayout& layout);

}  // namespace weightsieve
