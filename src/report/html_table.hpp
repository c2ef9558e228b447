// A table of an HTML page. Cells carry the figure in full beside the rounded one, for sorting and for
// programs. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/text_out.hpp"

namespace weightsieve {

struct HtmlColumn {
  std::string heading;    ///< text
  std::string field{};    ///< text: what programs call the column; may be empty
  bool is_figure = true;  ///< to the right; sorted by value, largest first
};

class HtmlTable {
 public:
  /// Writes the headings at once. A `searchable` table scrolls by itself, and scripts make its rows sortable
  /// and searchable.
  HtmlTable(TextOut& out, const std::vector<HtmlColumn>& columns, bool searchable = false);
  HtmlTable(const HtmlTable&) = delete;
  HtmlTable& operator=(const HtmlTable&) = delete;

  /// Ends the table.
  ~HtmlTable();

  /// The cell that a row begins with: what it is about.
  HtmlTable& label(std::string_view text);

  HtmlTable& text(std::string_view text);

  /// `exact`: the figure in full; empty where there is none.
  HtmlTable& figure(std::string_view text, std::string_view exact);

  /// "-" for what does not exist; four digits.
  HtmlTable& number(const std::optional<double>& value);

  /// Two decimals.
  HtmlTable& percent(const std::optional<double>& value);

  HtmlTable& markup(std::string_view markup);
  void end_row() { *out_ << "</tr>\n"; }

 private:
  TextOut* out_;
  bool searchable_;
};

}  // namespace weightsieve
