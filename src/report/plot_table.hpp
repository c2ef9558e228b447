// The figures behind a picture, once for gnuplot to draw and once for people to have. Not thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weightsieve {

/// Which letters beyond ASCII a picture shows. What draws it may have no font for most: gnuplot draws a whole
/// line of such text beyond all bounds.
enum class Letters : unsigned char {
  all,         ///< plain_letter_length(), for what browsers draw, which find a font
  in_any_font  ///< the Latin, Greek and Cyrillic ones that fonts have at the least (Windows Glyph List 4)
};

/// A name as a picture shows it: every character but letters,
/// digits and a few signs that mean nothing to gnuplot, SVG or a shell becomes '?', and of more than `most`
/// characters the middle is left out.
std::string plot_label(std::string_view text, std::size_t most = 64, Letters letters = Letters::all);

class PlotTable {
 public:
  using Cell = std::variant<std::monostate, std::string, double, std::uint64_t>;

  explicit PlotTable(std::initializer_list<std::string_view> headings);

  void add_column(std::string_view heading) { headings_.emplace_back(heading); }

  /// Cells of one row, as many as there are headings.
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

  /// Lines that gnuplot draws do not reach from the rows before to those that follow.
  void break_line() { rows_.emplace_back(); }

  /// What follows is the next of gnuplot's indices. A block without rows is none.
  void end_block();

  /// The current block's number in plot_data().
  std::size_t block() const noexcept { return block_ends_.size() + 1; }

  /// Nothing is a missing figure.
  static Cell cell(const std::optional<double>& value);
  static Cell cell(const std::optional<std::uint64_t>& count);

  /// One table with its headings, RFC 4180. Names are whole and safe to print.
  std::string csv() const;

  /// Tab-separated: block 0 is the title, then come the rows. Names are labels; what is missing or not finite
  /// is NaN.
  std::string plot_data(std::string_view title, Letters letters = Letters::all) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<Cell>> rows_;  ///< an empty one breaks lines
  std::vector<std::size_t> block_ends_;
};

}  // namespace weightsieve
