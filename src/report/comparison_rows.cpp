#include "report/comparison_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/comparison_figures.hpp"
#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

/// How far the standard deviation moved, as a share of A's.
std::optional<double> std_change(const ComparisonRow& row) {
  const auto std_of = [](const TensorProfile* tensor) {
    return tensor != nullptr && tensor->statistics ? tensor->statistics->std : std::nullopt;
  };
  const auto a = std_of(row.a), b = std_of(row.b);
  if (!a || !b || *a == 0) return std::nullopt;
  return std::fabs(*b - *a) / *a;
}

struct SortColumn {
  std::string_view name;
  bool descends;
  ComparisonFigure of;
};

const std::vector<SortColumn>& sorts() {
  static const std::vector<SortColumn> all = {
      {"name", false, {}},
      {"relative_l2", true, [](const auto& row) { return of_values(row, &ValueDiff::relative_l2); }},
      {"l2", true, [](const auto& row) { return of_values(row, &ValueDiff::l2); }},
      {"max", true, greatest_of},
      {"cosine", false, [](const auto& row) { return of_values(row, &ValueDiff::cosine); }},
      {"equal", true, equal_percent},
      {"ks", true, distance_of},
      {"std", true, std_change},
      {"elements", true, [](const auto& row) { return static_cast<double>(row.info().elements); }},
  };
  return all;
}

struct Order {
  const SortColumn* column;
  bool descends;
};

Order order_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = std::string_view(text).substr(0, colon);
  const auto column = std::ranges::find(sorts(), name, &SortColumn::name);
  if (column == sorts().end())
    throw Error(ErrorCode::usage, fmt::format("no column \"{}\" to sort by; there are {}", name,
                                              fmt::join(comparison_sort_columns(), ", ")));
  if (colon == std::string::npos) return {&*column, column->descends};
  const std::string_view direction = std::string_view(text).substr(colon + 1);
  if (direction != "asc" && direction != "desc")
    throw Error(ErrorCode::usage, fmt::format(R"(a column is sorted "asc" or "desc", not "{}")", direction));
  return {&*column, direction == "desc"};
}

void sort_by_name(ComparisonRows& rows, bool descends) {
  std::ranges::stable_sort(rows, [descends](const ComparisonRow& a, const ComparisonRow& b) {
    return descends ? a.info().name > b.info().name : a.info().name < b.info().name;
  });
}

void sort_by_figure(ComparisonRows& rows, const Order& order) {
  std::ranges::stable_sort(rows, [&order](const ComparisonRow& a, const ComparisonRow& b) {
    const auto x = order.column->of(a);
    const auto y = order.column->of(b);
    if (!x || !y) return x.has_value() && !y;
    return order.descends ? *x > *y : *x < *y;
  });
}

/// Without values the standard deviation is what tells most.
void arrange(ComparisonRows& rows, const ComparisonReportOptions& options, bool values_compared) {
  if (!options.sort.empty() || options.top) {
    const std::string most = values_compared ? "relative_l2" : "std";
    const Order order = order_of(options.sort.empty() ? most : options.sort);
    order.column->of ? sort_by_figure(rows, order) : sort_by_name(rows, order.descends);
  }
  if (options.top && *options.top < rows.size()) rows.resize(static_cast<std::size_t>(*options.top));
}

ComparisonRow row_of(const ProfileDiff& diff, const TensorPair& pair) {
  return {to_string(diff.likeness(pair)), &diff.a.tensors[pair.a], &diff.b.tensors[pair.b], &pair};
}

}  // namespace

std::span<const std::string_view> comparison_sort_columns() noexcept {
  static constexpr std::string_view names[] = {"name",  "relative_l2", "l2",  "max",     "cosine",
                                               "equal", "ks",          "std", "elements"};
  return names;
}

void check_options(const ComparisonReportOptions& options) {
  if (!options.sort.empty()) order_of(options.sort);
}

ComparisonRows different_pairs(const ProfileDiff& diff, const ComparisonReportOptions& options) {
  ComparisonRows rows;
  for (const TensorPair& pair : diff.pairs)
    if (diff.likeness(pair) == Likeness::different) rows.push_back(row_of(diff, pair));
  arrange(rows, options, diff.values_compared);
  return rows;
}

ComparisonRows all_rows(const ProfileDiff& diff, const ComparisonReportOptions& options) {
  ComparisonRows rows;
  for (const TensorPair& pair : diff.pairs)
    rows.push_back(row_of(diff, pair));
  for (const auto& [a, b] : diff.renamed)
    rows.push_back({"renamed", &diff.a.tensors[a], &diff.b.tensors[b]});
  for (const std::size_t place : diff.removed)
    rows.push_back({"removed", &diff.a.tensors[place]});
  for (const std::size_t place : diff.added)
    rows.push_back({"added", nullptr, &diff.b.tensors[place]});
  arrange(rows, options, diff.values_compared);
  return rows;
}

}  // namespace weightsieve
