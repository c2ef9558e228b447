// The columns of a text table over some rows: cells are made of a row's tensors, and the column that the rows
// are sorted by stays whatever the room. Not thread-safe; points to the rows.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "report/rows.hpp"
#include "report/text_table.hpp"

namespace weightsieve {

class ColumnList {
 public:
  using CellOf = std::function<std::string(TensorSpan)>;

  /// `asked`: the measure that the rows are sorted by; empty when there is none.
  ColumnList(const Rows& rows, std::string_view asked) : rows_(&rows), asked_(asked) {}

  void add_label(std::string heading);

  /// How often what the labels name is there, where any of it repeats.
  void add_repeats();

  /// A column of words.
  void add_words(std::string heading, int importance, CellOf cell);

  /// A column of figures, which show the measure of this name.
  void add(std::string_view measure, std::string heading, int importance, CellOf cell);

  /// Whether the measure asked for is not among the columns yet.
  bool lacks_asked() const;

  std::vector<TextColumn> take() { return std::move(columns_); }

 private:
  void add_column(std::string heading, Align align, int importance, CellOf cell);

  const Rows* rows_;
  std::string_view asked_;
  bool has_asked_ = false;
  std::vector<TextColumn> columns_;
};

}  // namespace weightsieve
