#include "report/measures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "weightsieve/profile/pooled.hpp"

namespace weightsieve {
namespace {

using Value = std::optional<double>;

/// Σ part(tensor) over the tensors that have statistics.
template <class Part>
double sum(TensorSpan tensors, Part part) {
  double total = 0;
  for (const TensorProfile* tensor : tensors) {
    if (tensor->statistics) total += part(*tensor->statistics);
  }
  return total;
}

template <class Count>
double sum_counts(TensorSpan tensors, Count count) {
  return sum(tensors, [&count](const Statistics& s) { return static_cast<double>(count(s)); });
}

Value percent(double part, double whole) {
  if (whole == 0) return std::nullopt;
  return 100 * part / whole;
}

double values(TensorSpan tensors) {
  return sum_counts(tensors, [](const Statistics& s) { return s.counts.values(); });
}

double finite(TensorSpan tensors) {
  return sum_counts(tensors, [](const Statistics& s) { return s.counts.finite(); });
}

/// The value chosen by `better` among those that exist.
template <class Of, class Better>
Value best(TensorSpan tensors, Of of, Better better) {
  Value chosen;
  for (const TensorProfile* tensor : tensors) {
    const Value value = tensor->statistics ? of(*tensor->statistics) : Value{};
    if (value && (!chosen || better(*value, *chosen))) chosen = value;
  }
  return chosen;
}

Value as_double(const std::optional<Extreme>& extreme) {
  if (!extreme) return std::nullopt;
  return extreme->value.as_double();
}

Value least(TensorSpan tensors) {
  return best(
      tensors, [](const Statistics& s) { return as_double(s.min); }, std::less<>());
}

Value greatest(TensorSpan tensors) {
  return best(
      tensors, [](const Statistics& s) { return as_double(s.max); }, std::greater<>());
}

Value abs_max(TensorSpan tensors) {
  const Value low = least(tensors), high = greatest(tensors);
  if (!low || !high) return std::nullopt;
  return std::max(std::fabs(*low), std::fabs(*high));
}

/// The mean of a quantity over all finite values of the row.
template <class Of>
Value pooled(TensorSpan tensors, Of of) {
  const double count = finite(tensors);
  if (count == 0) return std::nullopt;
  const auto weighted = [&of](const Statistics& s) {
    const Value value = of(s);
    return value ? *value * static_cast<double>(s.counts.finite()) : 0;
  };
  return sum(tensors, weighted) / count;
}

Value mean(TensorSpan tensors) {
  if (tensors.size() == 1 && tensors[0]->statistics) return tensors[0]->statistics->mean;
  return pooled(tensors, [](const Statistics& s) { return s.mean; });
}

/// Of all values together, from each tensor's own moments.
Value std_of(TensorSpan tensors) {
  if (tensors.size() == 1) return tensors[0]->statistics ? tensors[0]->statistics->std : std::nullopt;
  const Value center = mean(tensors);
  const Value square = pooled(tensors, [&center](const Statistics& s) -> Value {
    if (!s.mean || !s.std) return std::nullopt;
    const double shift = *s.mean - *center;
    return *s.std * *s.std + shift * shift;
  });
  if (!square) return std::nullopt;
  return std::sqrt(*square);
}

Value l1(TensorSpan tensors) {
  return sum(tensors, [](const Statistics& s) { return s.l1.value_or(0); });
}

Value l2(TensorSpan tensors) {
  return std::sqrt(sum(tensors, [](const Statistics& s) { return s.l2 ? *s.l2 * *s.l2 : 0; }));
}

Value rms(TensorSpan tensors) {
  const Value square =
      pooled(tensors, [](const Statistics& s) { return s.rms ? Value(*s.rms * *s.rms) : Value(); });
  if (!square) return std::nullopt;
  return std::sqrt(*square);
}

Value elements(TensorSpan tensors) { return static_cast<double>(sum_elements(tensors)); }
Value bytes(TensorSpan tensors) { return static_cast<double>(sum_bytes(tensors)); }

Value zero(TensorSpan tensors) {
  return percent(sum_counts(tensors, [](const Statistics& s) { return s.counts.zero; }), values(tensors));
}

Value non_finite(TensorSpan tensors) { return values(tensors) - finite(tensors); }

/// Of the values of several tensors from their moments together.
Value shape_of(TensorSpan tensors, std::optional<double> Statistics::*measure) {
  if (tensors.size() == 1) return tensors[0]->statistics ? (*tensors[0]->statistics).*measure : Value();
  return pooled_statistics(tensors, {}).*measure;
}

Value skewness(TensorSpan tensors) { return shape_of(tensors, &Statistics::skewness); }
Value kurtosis(TensorSpan tensors) { return shape_of(tensors, &Statistics::excess_kurtosis); }

Value first_outside(TensorSpan tensors) { return outside_percent(tensors, 0); }

constexpr std::array kMeasures{
    Measure{"elements", elements, false},
    Measure{"bytes", bytes, false},
    Measure{"min", least},
    Measure{"max", greatest},
    Measure{"abs_max", abs_max},
    Measure{"mean", mean},
    Measure{"std", std_of},
    Measure{"l1", l1},
    Measure{"l2", l2},
    Measure{"rms", rms},
    Measure{"skewness", skewness},
    Measure{"kurtosis", kurtosis},
    Measure{"zero", zero},
    Measure{"non_finite", non_finite},
    Measure{"outside", first_outside},
};

constexpr std::size_t kInventoryMeasures = 2;  ///< the first ones

constexpr auto kSortColumns = [] {
  std::array<std::string_view, kMeasures.size() + 1> names{"name"};
  for (std::size_t i = 0; i < kMeasures.size(); ++i)
    names[i + 1] = kMeasures[i].name;
  return names;
}();

/// What headings call them.
std::string_view canonical(std::string_view column) noexcept {
  if (column == "size") return "bytes";
  if (column == "parameters") return "elements";
  if (column == "excess_kurtosis") return "kurtosis";
  return column == "layer" ? "name" : column;
}

}  // namespace

std::optional<double> outside_percent(TensorSpan tensors, std::size_t at) {
  const auto outside = [at](const Statistics& s) {
    return at < s.intervals.size() ? s.intervals[at].below + s.intervals[at].above : 0;
  };
  return percent(sum_counts(tensors, outside), values(tensors));
}

std::optional<Spread> spread(TensorSpan tensors, const RowFigure& figure) {
  std::optional<Spread> found;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Value value = figure(tensors.subspan(i, 1));
    if (!value) continue;
    if (!found) found = Spread{*value, *value};
    found->low = std::min(found->low, *value);
    found->high = std::max(found->high, *value);
  }
  return found;
}

const Measure& measure(std::string_view name) {
  const auto at = std::ranges::find(kMeasures, name, &Measure::name);
  if (at != kMeasures.end()) return *at;
  throw Error(ErrorCode::usage, fmt::format("there is no column \"{}\" to sort by; there are {}", name,
                                            fmt::join(kSortColumns, ", ")));
}

SortOrder sort_order(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view column = canonical(text.substr(0, colon));
  if (column != "name") measure(column);
  if (colon == std::string_view::npos) return {column, column != "name"};
  const std::string_view direction = text.substr(colon + 1);
  if (direction != "asc" && direction != "desc") {
    throw Error(ErrorCode::usage, fmt::format(R"(a column is sorted "asc" or "desc", not "{}")", direction));
  }
  return {column, direction == "desc"};
}

std::span<const std::string_view> sort_columns() noexcept { return kSortColumns; }

std::span<const std::string_view> inventory_sort_columns() noexcept {
  static_assert(!kMeasures[kInventoryMeasures - 1].needs_statistics &&
                kMeasures[kInventoryMeasures].needs_statistics);
  return std::span(kSortColumns).first(kInventoryMeasures + 1);
}

}  // namespace weightsieve
