// What a row of tensors amounts to, one number a measure: the table behind sorting and behind the text
// report.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "report/rows.hpp"

namespace weightsieve {

struct Measure {
  std::string_view name;
  /// Over all tensors of a row; nothing where it does not exist.
  std::optional<double> (*of)(TensorSpan tensors);
  bool needs_statistics = true;
};

/// Throws Error{usage} for a name that is not in the table.
const Measure& measure(std::string_view name);

/// A column and a direction, as `sort` spells them.
struct SortOrder {
  std::string_view column;
  bool descending = true;
};

/// Throws Error{usage} for a column or a direction that does not exist.
SortOrder sort_order(std::string_view text);

/// Percentage of the row's values beyond its interval number `at`.
std::optional<double> outside_percent(TensorSpan tensors, std::size_t at);

using RowFigure = std::function<std::optional<double>(TensorSpan)>;

struct Spread {
  double low = 0;
  double high = 0;
};

/// The least and the greatest of the figures of the row's tensors, each taken alone.
std::optional<Spread> spread(TensorSpan tensors, const RowFigure& figure);

}  // namespace weightsieve
