#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "report/csv_record.hpp"
#include "report/reporters.hpp"
#include "report/rows.hpp"
#include "weightsieve/profile/pooled.hpp"

namespace weightsieve {
namespace {

constexpr std::array kInventory{"checkpoint",     "name", "file", "dtype",    "shape",
                                "squeezed_shape", "form", "role", "elements", "bytes"};

constexpr std::array kCounts{"zero", "negative_zero",     "negative",          "positive",
                             "nan",  "positive_infinity", "negative_infinity", "subnormal"};

constexpr std::array kMoments{"min", "argmin", "max", "argmax", "abs_max",  "mean",
                              "std", "l1",     "l2",  "rms",    "skewness", "excess_kurtosis"};

/// What a row's tensors do not share is empty.
void write_inventory_fields(CsvRecord& record, const CheckpointProfile& profile, const Rows& rows,
                            std::size_t row) {
  const auto list = [](const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); };
  const TensorSpan members = rows.members(row);
  const TensorInfo& first = members.front()->info;
  const bool one_file = std::ranges::all_of(
      members, [&first](const TensorProfile* tensor) { return tensor->info.file == first.file; });
  const auto dtype = common_dtype(members);
  const auto shape = common_shape(members);
  record.field(rows.label(row)).field(one_file ? escape_control(profile.files.at(first.file).name) : "");
  record.field(dtype ? dtype_info(*dtype).name : "");
  record.field(shape ? list(*shape) : "").field(shape ? list(squeezed(*shape)) : "");
  record.field(shape ? form(*shape) : "").field(to_string(first.role));
  record.field(sum_elements(members)).field(sum_bytes(members));
}

void write_counts(CsvRecord& record, const ValueCounts& counts) {
  record.field(counts.zero).field(counts.negative_zero).field(counts.negative).field(counts.positive);
  record.field(counts.nan).field(counts.positive_infinity).field(counts.negative_infinity);
  record.field(counts.subnormal);
}

void write_extreme(CsvRecord& record, const std::optional<Extreme>& extreme) {
  if (extreme) {
    record.field(extreme->value.text()).field(extreme->index);
  } else {
    record.field("").field("");
  }
}

void write_moments(CsvRecord& record, const Statistics& statistics) {
  write_extreme(record, statistics.min);
  write_extreme(record, statistics.max);
  const std::optional<Number> abs_max = statistics.abs_max();
  record.field(abs_max ? abs_max->text() : "").field(statistics.mean).field(statistics.std);
  record.field(statistics.l1).field(statistics.l2).field(statistics.rms);
  record.field(statistics.skewness).field(statistics.excess_kurtosis);
}

/// A set without values belongs to a tensor without finite values or to several tensors: its fields are
/// empty.
void write_quantiles(CsvRecord& record, const QuantileSet& quantiles, std::size_t count) {
  record.field(quantiles.values.empty() ? "" : to_string(quantiles.method));
  for (const Quantile& quantile : quantiles.values)
    record.field(quantile.value).field(quantile.low).field(quantile.high);
  for (std::size_t missing = 3 * (count - quantiles.values.size()); missing > 0; --missing)
    record.field("");
}

void write_statistics_fields(CsvRecord& record, const StatsOptions& options, const Statistics& statistics) {
  write_counts(record, statistics.counts);
  write_moments(record, statistics);
  for (const IntervalCount& interval : statistics.intervals)
    record.field(interval.below).field(interval.above).field(statistics.outside_percent(interval));
  write_quantiles(record, statistics.quantiles, options.quantiles.size());
  write_quantiles(record, statistics.magnitude_quantiles, options.quantiles.size());
}

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

void write_headings(CsvRecord& record, const std::vector<std::string>& statistics) {
  for (const std::string_view heading : kInventory)
    record.field(heading);
  for (const std::string& heading : statistics)
    record.field(heading);
  record.end();
}

/// Every tensor in file order; the layers alone where the options arrange them.
Rows csv_rows(const CheckpointProfile& profile, const ReportOptions& options) {
  if (!arranges_layers(options)) return Rows::single(all_tensors(profile));
  Rows rows = layer_rows(profile, options);
  rows.arrange(options, "elements");
  return rows;
}

void write_statistics(CsvRecord& record, TensorSpan members, const StatsOptions& options,
                      std::size_t fields) {
  const bool counted =
      std::ranges::any_of(members, [](const TensorProfile* tensor) { return tensor->statistics != nullptr; });
  if (counted && members.size() == 1)
    return write_statistics_fields(record, options, *members.front()->statistics);
  if (counted) return write_statistics_fields(record, options, pooled_statistics(members, options));
  for (; fields > 0; --fields)
    record.field("");
}

}  // namespace

void write_csv(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  CsvRecord record(out);
  std::vector<std::string> headings;
  if (profile.options) headings = statistics_headings(profile.options->stats);
  if (!options.continued) write_headings(record, headings);

  const std::string checkpoint = escape_control(title_of(profile, options));
  const Rows rows = csv_rows(profile, options);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    record.field(checkpoint);
    write_inventory_fields(record, profile, rows, row);
    if (profile.options) write_statistics(record, rows.members(row), profile.options->stats, headings.size());
    record.end();
  }
  out.flush();
}

void write_ranking_csv(const Ranking& ranking, const ReportOptions&, const TextSink& sink) {
  TextOut out(sink);
  CsvRecord record(out);
  record.field("rank").field("name").field("layers").field("parameters").field("parameter_bytes").end();
  std::uint64_t rank = 0;
  for (const RankedCheckpoint& checkpoint : ranking) {
    record.field(++rank).field(escape_control(checkpoint.name)).field(checkpoint.layers);
    record.field(checkpoint.parameters).field(checkpoint.parameter_bytes).end();
  }
  out.flush();
}

}  // namespace weightsieve
