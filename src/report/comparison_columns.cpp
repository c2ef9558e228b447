// The columns of a comparison, for people and for programs.
#include <fmt/format.h>

#include <algorithm>

#include "report/comparison_figures.hpp"
#include "report/figures.hpp"

namespace weightsieve {
namespace {

std::optional<double> zero_percent(const TensorProfile* tensor) {
  if (tensor == nullptr || !tensor->statistics) return std::nullopt;
  const ValueCounts& counts = tensor->statistics->counts;
  return percentage(counts.zero, counts.values());
}

/// "≈" marks what lies between bounds, "≤" what they hardly bound from below.
std::string distance_cell(const ComparisonRow& row) {
  if (row.pair == nullptr || !row.pair->ks) return "";
  const KsDistance& distance = *row.pair->ks;
  std::string high = significant(distance.high);
  if (significant(distance.low) == high) return high;
  return distance.low < distance.high / 2 ? "≤" + high : marked(true, significant(distance.value));
}

std::string shown_number(const std::optional<double>& value) { return value ? significant(*value) : ""; }

/// "F32", or "F32 → BF16" where the two differ.
std::string changed(const std::string& a, const std::string& b) {
  return a == b || b.empty() ? a : a.empty() ? b : fmt::format("{} → {}", a, b);
}

std::string dtype_of(const TensorProfile* tensor) {
  return tensor == nullptr ? "" : std::string(dtype_name(tensor->info));
}

std::string shape_of(const TensorProfile* tensor) {
  return tensor == nullptr ? "" : to_string(tensor->info.shape);
}

std::string name_of(const TensorProfile* tensor) {
  return tensor == nullptr ? "" : escape_control(tensor->info.name);
}

class Columns {
 public:
  void label(std::string field, std::function<std::string(const ComparisonRow&)> text) {
    columns_.push_back({"", std::move(field), {}, std::move(text), 0});
  }

  void figure(std::string heading, std::string field, int importance, const ComparisonFigure& of) {
    columns_.push_back({std::move(heading), std::move(field),
                        [of](const ComparisonRow& row) { return shown_number(of(row)); },
                        [of](const ComparisonRow& row) { return exact_text(of(row)); }, importance});
  }

  void count(std::string field, std::function<std::optional<std::uint64_t>(const ValueDiff&)> of) {
    columns_.push_back({"",
                        std::move(field),
                        {},
                        [of = std::move(of)](const ComparisonRow& row) -> std::string {
                          const auto count = row.values() != nullptr ? of(*row.values()) : std::nullopt;
                          return count ? std::to_string(*count) : "";
                        },
                        0});
  }

  /// A statistic of either side, for programs.
  template <class Of>
  void sides(const std::string& field, Of of) {
    const auto side = [of](const TensorProfile* tensor) {
      return exact_text(tensor != nullptr && tensor->statistics ? of(*tensor->statistics) : std::nullopt);
    };
    label(field + "_a", [side](const ComparisonRow& row) { return side(row.a); });
    label(field + "_b", [side](const ComparisonRow& row) { return side(row.b); });
  }

  void add(ComparisonColumn column) { columns_.push_back(std::move(column)); }
  std::vector<ComparisonColumn> take() && { return std::move(columns_); }

 private:
  std::vector<ComparisonColumn> columns_;
};

void add_identity(Columns& columns) {
  columns.label("status", [](const auto& row) { return std::string(row.status); });
  columns.add({"layer", "layer", [](const auto& row) { return escape_control(row.info().name); },
               [](const auto& row) { return escape_control(row.info().name); }, 0});
  columns.label("name_b", [](const auto& row) { return name_of(row.b); });
  columns.label("role", [](const auto& row) { return std::string(to_string(row.info().role)); });
  columns.add(
      {"dtype", "", [](const auto& row) { return changed(dtype_of(row.a), dtype_of(row.b)); }, {}, 50});
  columns.label("dtype_a", [](const auto& row) { return dtype_of(row.a); });
  columns.label("dtype_b", [](const auto& row) { return dtype_of(row.b); });
  columns.add(
      {"shape", "", [](const auto& row) { return changed(shape_of(row.a), shape_of(row.b)); }, {}, 30});
  columns.label("shape_a", [](const auto& row) { return shape_of(row.a); });
  columns.label("shape_b", [](const auto& row) { return shape_of(row.b); });
}

void add_pairwise(Columns& columns) {
  columns.count("values", [](const ValueDiff& diff) { return std::optional(diff.values); });
  columns.count("equal", [](const ValueDiff& diff) { return std::optional(diff.equal); });
  columns.count("identical", [](const ValueDiff& diff) { return diff.identical; });
  columns.count("within", [](const ValueDiff& diff) { return std::optional(diff.within); });
  columns.count("non_finite_changed",
                [](const ValueDiff& diff) { return std::optional(diff.non_finite_changed()); });
  columns.add({"equal %", "equal_percent",
               [](const auto& row) {
                 const auto share = equal_percent(row);
                 return share ? honest_percent(share) : std::string();
               },
               [](const auto& row) { return exact_text(equal_percent(row)); }, 60});
  columns.figure("max |Δ|", "max_difference", 80, greatest_of);
  columns.count("max_difference_index", [](const ValueDiff& diff) {
    return diff.greatest ? std::optional(diff.greatest->index) : std::nullopt;
  });
  columns.figure("", "l2", 0, [](const auto& row) { return of_values(row, &ValueDiff::l2); });
  columns.figure("relative L2", "relative_l2", 90,
                 [](const auto& row) { return of_values(row, &ValueDiff::relative_l2); });
  columns.figure("cosine", "cosine", 40, [](const auto& row) { return of_values(row, &ValueDiff::cosine); });
  columns.add({"KS", "ks", distance_cell, [](const auto& row) { return exact_text(distance_of(row)); }, 35});
  columns.figure("", "ks_low", 0, [](const auto& row) {
    return row.pair != nullptr && row.pair->ks ? std::optional(row.pair->ks->low) : std::nullopt;
  });
  columns.figure("", "ks_high", 0, [](const auto& row) {
    return row.pair != nullptr && row.pair->ks ? std::optional(row.pair->ks->high) : std::nullopt;
  });
}

std::optional<double> quantile_at(const Statistics& statistics, double q) {
  const auto found = std::ranges::find(statistics.quantiles.values, q, &Quantile::q);
  if (found == statistics.quantiles.values.end()) return std::nullopt;
  return found->value;
}

void add_statistics(Columns& columns, const ProfileDiff& diff) {
  columns.add({"zero %",
               "",
               [](const auto& row) {
                 const auto a = zero_percent(row.a), b = zero_percent(row.b);
                 return a && b ? changed(honest_percent(a), honest_percent(b)) : std::string();
               },
               {},
               45});
  columns.sides("zero",
                [](const Statistics& of) { return std::optional(static_cast<double>(of.counts.zero)); });
  columns.sides("nan",
                [](const Statistics& of) { return std::optional(static_cast<double>(of.counts.nan)); });
  columns.sides("min", [](const Statistics& of) {
    return of.min ? std::optional(of.min->value.as_double()) : std::nullopt;
  });
  columns.sides("max", [](const Statistics& of) {
    return of.max ? std::optional(of.max->value.as_double()) : std::nullopt;
  });
  columns.sides("mean", [](const Statistics& of) { return of.mean; });
  columns.add({"std",
               "",
               [](const auto& row) {
                 const auto std_of = [](const TensorProfile* tensor) {
                   return tensor != nullptr && tensor->statistics ? shown_number(tensor->statistics->std)
                                                                  : "";
                 };
                 return row.values() == nullptr ? changed(std_of(row.a), std_of(row.b)) : std::string();
               },
               {},
               42});
  columns.sides("std", [](const Statistics& of) { return of.std; });
  if (!diff.a.options) return;
  for (const double q : diff.a.options->stats.quantiles)
    columns.sides("q" + shortest(q), [q](const Statistics& of) { return quantile_at(of, q); });
}

}  // namespace

std::vector<ComparisonColumn> comparison_columns(const ProfileDiff& diff) {
  Columns columns;
  add_identity(columns);
  add_pairwise(columns);
  add_statistics(columns, diff);
  return std::move(columns).take();
}

}  // namespace weightsieve
