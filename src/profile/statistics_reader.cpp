#include "profile/statistics_reader.hpp"

#include <limits>

namespace weightsieve {
namespace {

std::optional<Extreme> joined(const JsonValue& object, ExtremeDraft draft) {
  if (draft.value.has_value() != draft.index.has_value())
    object.fail("PROFILE-VALUE", "an extreme and its index must be there both or neither");
  if (!draft.value) return std::nullopt;
  return Extreme{*draft.value, *draft.index, std::move(draft.tensor).value_or("")};
}

}  // namespace

void read(JsonValue value, Derived&) {
  if (!value.is_null()) value.number();
}

void read(JsonValue value, std::pair<double, double>& into) {
  std::vector<std::optional<double>> bounds;
  read(value, bounds);
  if (bounds.size() != 2) value.fail("PROFILE-VALUE", "an interval has two bounds");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  into = {bounds[0].value_or(-infinity), bounds[1].value_or(infinity)};
}

void read(JsonValue value, ValueCounts& into) {
  read_object(value, field("zero", into.zero), field("negative_zero", into.negative_zero),
              field("negative", into.negative), field("positive", into.positive), field("nan", into.nan),
              field("positive_infinity", into.positive_infinity),
              field("negative_infinity", into.negative_infinity), field("subnormal", into.subnormal));
}

void read(JsonValue value, IntervalCount& into) {
  std::optional<double> low, high;
  Derived outside_percent;
  read_object(value, field("low", low), field("high", high), field("below", into.below),
              field("above", into.above), field("outside_percent", outside_percent));
  constexpr double infinity = std::numeric_limits<double>::infinity();
  into.low = low.value_or(-infinity);
  into.high = high.value_or(infinity);
}

void read(JsonValue value, QuantileMethod& into) {
  const auto method = quantile_method_from_name(value.text_view());
  if (!method) value.fail("PROFILE-VALUE", "a quantile method is exact, sketch or reservoir");
  into = *method;
}

void read(JsonValue value, Quantile& into) {
  read_object(value, field("q", into.q), field("value", into.value), field("low", into.low),
              field("high", into.high));
}

void read(JsonValue value, QuantileSet& into) {
  read_object(value, field("method", into.method), field("values", into.values));
}

void read(JsonValue value, Histogram& into) {
  std::optional<double> low, high;
  read_object(value, field("exact", into.exact), field("low", low), field("high", high),
              field("below", into.below), field("above", into.above), field("counts", into.counts));
  into.low = low.value_or(0);
  into.high = high.value_or(0);
}

void read(JsonValue value, MagnitudeHistogram& into) {
  std::optional<std::int64_t> exponent;
  read_object(value, field("exact", into.exact), field("exponent_low", exponent),
              field("counts", into.counts));
  constexpr std::int64_t limit = 16'384;
  if (exponent && (*exponent < -limit || *exponent > limit))
    value.fail("PROFILE-VALUE", "exponent_low is beyond every format of numbers");
  into.exponent_low = static_cast<int>(exponent.value_or(0));
}

Statistics StatisticsDraft::finish(const JsonValue& object) {
  statistics.min = joined(object, std::move(min));
  statistics.max = joined(object, std::move(max));
  return std::move(statistics);
}

}  // namespace weightsieve
