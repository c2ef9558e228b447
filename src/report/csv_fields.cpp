#include "report/csv_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "weightsieve/base/text.hpp"
#include "weightsieve/profile/pooled.hpp"

namespace weightsieve {
namespace {

constexpr std::array kCounts{"zero", "negative_zero",     "negative",          "positive",
                             "nan",  "positive_infinity", "negative_infinity", "subnormal"};

constexpr std::array kMoments{"min", "argmin", "max", "argmax", "abs_max",  "mean",
                              "std", "l1",     "l2",  "rms",    "skewness", "excess_kurtosis"};

class Fields {
 public:
  Fields& field(std::string_view text) {
    all_.emplace_back(text);
    return *this;
  }
  Fields& field(std::uint64_t number) { return field(std::to_string(number)); }
  Fields& field(double number) { return field(shortest(number)); }
  Fields& field(const std::optional<double>& number) { return number ? field(*number) : field(""); }

  std::vector<std::string> take() { return std::move(all_); }

 private:
  std::vector<std::string> all_;
};

void add_counts(Fields& fields, const ValueCounts& counts) {
  fields.field(counts.zero).field(counts.negative_zero).field(counts.negative).field(counts.positive);
  fields.field(counts.nan).field(counts.positive_infinity).field(counts.negative_infinity);
  fields.field(counts.subnormal);
}

void add_extreme(Fields& fields, const std::optional<Extreme>& extreme) {
  if (extreme) {
    fields.field(extreme->value.text()).field(extreme->index);
  } else {
    fields.field("").field("");
  }
}

void add_moments(Fields& fields, const Statistics& statistics) {
  add_extreme(fields, statistics.min);
  add_extreme(fields, statistics.max);
  const std::optional<Number> abs_max = statistics.abs_max();
  fields.field(abs_max ? abs_max->text() : "").field(statistics.mean).field(statistics.std);
  fields.field(statistics.l1).field(statistics.l2).field(statistics.rms);
  fields.field(statistics.skewness).field(statistics.excess_kurtosis);
}

/// A set without values belongs to a tensor without finite values or to several tensors: its fields are
/// empty.
void add_quantiles(Fields& fields, const QuantileSet& quantiles, std::size_t count) {
  fields.field(quantiles.values.empty() ? "" : to_string(quantiles.method));
  for (const Quantile& quantile : quantiles.values)
    fields.field(quantile.value).field(quantile.low).field(quantile.high);
  for (std::size_t missing = 3 * (count - quantiles.values.size()); missing > 0; --missing)
    fields.field("");
}

std::vector<std::string> fields_of(const Statistics& statistics, const StatsOptions& options) {
  Fields fields;
  add_counts(fields, statistics.counts);
  add_moments(fields, statistics);
  for (const IntervalCount& interval : statistics.intervals)
    fields.field(interval.below).field(interval.above).field(statistics.outside_percent(interval));
  add_quantiles(fields, statistics.quantiles, options.quantiles.size());
  add_quantiles(fields, statistics.magnitude_quantiles, options.quantiles.size());
  return fields.take();
}

}  // namespace

std::vector<std::string> statistics_headings(const StatsOptions& options) {
  std::vector<std::string> headings(kCounts.begin(), kCounts.end());
  headings.insert(headings.end(), kMoments.begin(), kMoments.end());
  for (const auto& [low, high] : options.intervals) {
    for (const std::string_view part : {"below", "above", "outside_percent"})
      headings.push_back(fmt::format("{}[{}:{}]", part, shortest(low), shortest(high)));
  }
  for (const std::string_view kind : {"quantile", "magnitude_quantile"}) {
    headings.push_back(fmt::format("{}_method", kind));
    for (const double q : options.quantiles) {
      for (const std::string_view part : {"", "_low", "_high"})
        headings.push_back(fmt::format("{}[{}]{}", kind, shortest(q), part));
    }
  }
  return headings;
}

std::vector<std::string> statistics_fields(TensorSpan tensors, const StatsOptions& options) {
  const bool counted =
      std::ranges::any_of(tensors, [](const TensorProfile* tensor) { return tensor->statistics != nullptr; });
  if (!counted) return std::vector<std::string>(statistics_headings(options).size());
  if (tensors.size() == 1) return fields_of(*tensors.front()->statistics, options);
  return fields_of(pooled_statistics(tensors, options), options);
}

std::vector<ScaleFields> scale_fields(TensorSpan tensors, const StatsOptions& options) {
  std::vector<ScaleFields> all;
  const TensorProfile& tensor = *tensors.front();
  for (std::size_t i = 0; tensors.size() == 1 && i < tensor.scales.size(); ++i)
    all.push_back({fmt::format("block_scale.{}", block_type_info(tensor.info.blocks).scales[i].name),
                   fields_of(tensor.scales[i], options)});
  return all;
}

}  // namespace weightsieve
