// Figures of a row that both the columns of a comparison and their order are made of; nothing where a row has
// none.
#pragma once

#include <optional>

#include "report/comparison_rows.hpp"
#include "report/figures.hpp"

namespace weightsieve {

using ComparisonFigure = std::function<std::optional<double>(const ComparisonRow&)>;

inline std::optional<double> of_values(const ComparisonRow& row, std::optional<double> ValueDiff::*member) {
  return row.values() != nullptr ? row.values()->*member : std::nullopt;
}

inline std::optional<double> greatest_of(const ComparisonRow& row) {
  const ValueDiff* values = row.values();
  if (values == nullptr || values->finite == 0) return std::nullopt;
  return values->greatest ? values->greatest->difference : 0;
}

inline std::optional<double> equal_percent(const ComparisonRow& row) {
  const ValueDiff* values = row.values();
  return values != nullptr ? percentage(values->equal, values->values) : std::nullopt;
}

inline std::optional<double> distance_of(const ComparisonRow& row) {
  return row.pair != nullptr && row.pair->ks ? std::optional(row.pair->ks->value) : std::nullopt;
}

}  // namespace weightsieve
