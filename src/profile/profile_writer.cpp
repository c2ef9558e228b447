#include <optional>

#include "profile/schema.hpp"
#include "weightsieve/base/json_writer.hpp"
#include "weightsieve/profile/profile_json.hpp"

namespace weightsieve {
namespace {

using Layout = JsonWriter::Layout;

void write_value(JsonWriter& json, const std::optional<double>& value) {
  value ? json.value(*value) : json.null();
}

void write_value(JsonWriter& json, const Number& number) {
  number.is_integer() ? json.token(number.text()) : json.value(number.as_double());
}

template <class T>
void write_row(JsonWriter& json, std::string_view name, const std::vector<T>& values) {
  json.key(name).begin_array(Layout::row);
  for (const T& value : values)
    json.value(value);
  json.end_array();
}

void write_pair(JsonWriter& json, const std::pair<double, double>& pair) {
  json.begin_array(Layout::row).value(pair.first).value(pair.second).end_array();
}

void write_checkpoint(JsonWriter& json, const CheckpointProfile& profile) {
  json.key("checkpoint").begin_object(Layout::lines);
  json.member("name", profile.name).member("format", profile.format);
  json.key("files").begin_array(Layout::lines);
  for (const ProfiledFile& file : profile.files) {
    json.begin_object(Layout::row).member("name", file.name).member("bytes", file.bytes);
    if (!file.encoding.empty()) json.member("encoding", file.encoding);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_options(JsonWriter& json, const RecordedOptions& options) {
  const StatsOptions& stats = options.stats;
  json.key("options").begin_object(Layout::lines);
  json.key("intervals").begin_array(Layout::row);
  for (const auto& interval : stats.intervals)
    write_pair(json, interval);
  json.end_array();
  write_row(json, "quantiles", stats.quantiles);
  json.member("quantile_method", name_of(stats.quantile_method));
  json.member("sample", stats.sample).member("bins", stats.bins);
  if (stats.range) write_pair(json.key("range"), *stats.range);
  json.member("seed", stats.seed);
  write_row(json, "include", options.include);
  write_row(json, "exclude", options.exclude);
  if (options.include_optimizer) json.member("include_optimizer", true);
  json.end_object();
}

void write_counts(JsonWriter& json, const ValueCounts& counts) {
  json.key("counts").begin_object(Layout::row);
  json.member("zero", counts.zero).member("negative_zero", counts.negative_zero);
  json.member("negative", counts.negative).member("positive", counts.positive).member("nan", counts.nan);
  json.member("positive_infinity", counts.positive_infinity);
  json.member("negative_infinity", counts.negative_infinity);
  json.member("subnormal", counts.subnormal).end_object();
}

enum class Scope : std::uint8_t { tensor, checkpoint };

/// Writes "min" and "argmin", or the same of max; over a checkpoint also which tensor holds it.
void write_extreme(JsonWriter& json, std::string_view name, const std::optional<Extreme>& extreme,
                   Scope scope) {
  const std::string place = "arg" + std::string(name);
  if (extreme) {
    write_value(json.key(name), extreme->value);
    json.member(place, extreme->index);
  } else {
    json.key(name).null().key(place).null();
  }
  if (scope == Scope::tensor) return;
  json.key(place + "_tensor");
  extreme ? json.value(extreme->tensor) : json.null();
}

void write_moments(JsonWriter& json, const Statistics& statistics) {
  json.key("abs_max");
  const std::optional<Number> abs_max = statistics.abs_max();
  abs_max ? write_value(json, *abs_max) : write_value(json, std::nullopt);
  write_value(json.key("mean"), statistics.mean);
  write_value(json.key("std"), statistics.std);
  write_value(json.key("l1"), statistics.l1);
  write_value(json.key("l2"), statistics.l2);
  write_value(json.key("rms"), statistics.rms);
  write_value(json.key("skewness"), statistics.skewness);
  write_value(json.key("excess_kurtosis"), statistics.excess_kurtosis);
}

void write_intervals(JsonWriter& json, const Statistics& statistics) {
  json.key("intervals").begin_array(Layout::lines);
  for (const IntervalCount& interval : statistics.intervals) {
    json.begin_object(Layout::row).member("low", interval.low).member("high", interval.high);
    json.member("below", interval.below).member("above", interval.above);
    write_value(json.key("outside_percent"), statistics.outside_percent(interval));
    json.end_object();
  }
  json.end_array();
}

void write_quantiles(JsonWriter& json, std::string_view name, const QuantileSet& quantiles) {
  json.key(name).begin_object(Layout::lines).member("method", to_string(quantiles.method));
  json.key("values").begin_array(Layout::lines);
  for (const Quantile& quantile : quantiles.values) {
    json.begin_object(Layout::row).member("q", quantile.q).member("value", quantile.value);
    json.member("low", quantile.low).member("high", quantile.high).end_object();
  }
  json.end_array().end_object();
}

/// The edges of a histogram without bins do not exist.
void write_histograms(JsonWriter& json, const Statistics& statistics) {
  const Histogram& values = statistics.histogram;
  const bool binned = !values.counts.empty();
  json.key("histogram").begin_object(Layout::row).member("exact", values.exact);
  write_value(json.key("low"), binned ? std::optional(values.low) : std::nullopt);
  write_value(json.key("high"), binned ? std::optional(values.high) : std::nullopt);
  json.member("below", values.below).member("above", values.above);
  write_row(json, "counts", values.counts);
  json.end_object();

  const MagnitudeHistogram& magnitudes = statistics.magnitude_histogram;
  json.key("magnitude_histogram").begin_object(Layout::row).member("exact", magnitudes.exact);
  json.key("exponent_low");
  magnitudes.counts.empty() ? json.null() : json.value(std::int64_t{magnitudes.exponent_low});
  write_row(json, "counts", magnitudes.counts);
  json.end_object();
}

void write_statistics(JsonWriter& json, const Statistics& statistics, Scope scope) {
  write_counts(json, statistics.counts);
  write_extreme(json, "min", statistics.min, scope);
  write_extreme(json, "max", statistics.max, scope);
  write_moments(json, statistics);
  write_intervals(json, statistics);
  write_quantiles(json, "quantiles", statistics.quantiles);
  write_quantiles(json, "magnitude_quantiles", statistics.magnitude_quantiles);
  write_histograms(json, statistics);
}

/// The same of what the blocks are scaled by.
void write_scales(JsonWriter& json, const TensorProfile& tensor) {
  if (tensor.scales.empty()) return;
  const BlockTypeInfo& blocks = block_type_info(tensor.info.blocks);
  json.key("block_scales").begin_array(Layout::lines);
  for (std::size_t i = 0; i < tensor.scales.size(); ++i) {
    json.begin_object(Layout::lines).member("name", blocks.scales[i].name);
    json.member("dtype", dtype_info(blocks.scales[i].dtype).name);
    json.member("blocks", tensor.info.elements / blocks.elements);
    write_statistics(json, tensor.scales[i], Scope::tensor);
    json.end_object();
  }
  json.end_array();
}

void write_by_form(JsonWriter& json, const Totals& totals) {
  const auto percent = [](std::uint64_t part, std::uint64_t whole) -> std::optional<double> {
    if (whole == 0) return std::nullopt;
    return 100 * static_cast<double>(part) / static_cast<double>(whole);
  };
  json.key("by_form").begin_array(Layout::lines);
  for (const FormShare& share : totals.by_form) {
    json.begin_object(Layout::row).member("form", share.form).member("layers", share.layers);
    write_value(json.key("layers_percent"), percent(share.layers, totals.layers));
    json.member("parameters", share.parameters);
    write_value(json.key("parameters_percent"), percent(share.parameters, totals.parameters));
    json.end_object();
  }
  json.end_array();
}

void write_by_dtype(JsonWriter& json, const Totals& totals) {
  json.key("by_dtype").begin_array(Layout::lines);
  for (const DtypeShare& share : totals.by_dtype) {
    json.begin_object(Layout::row).member("dtype", dtype_name(share.dtype, share.blocks));
    json.member("tensors", share.tensors).member("elements", share.elements).member("bytes", share.bytes);
    json.end_object();
  }
  json.end_array();
}

void write_totals(JsonWriter& json, const Totals& totals) {
  json.key("totals").begin_object(Layout::lines);
  json.member("tensors", totals.tensors).member("layers", totals.layers);
  json.member("parameters", totals.parameters).member("trainable_parameters", totals.trainable_parameters);
  json.member("buffers", totals.buffers).member("bytes", totals.bytes);
  write_by_form(json, totals);
  write_by_dtype(json, totals);
  if (totals.statistics) write_statistics(json, *totals.statistics, Scope::checkpoint);
  json.end_object();
}

void write_shape(JsonWriter& json, std::string_view name, const Shape& shape, bool squeeze) {
  json.key(name).begin_array(Layout::row);
  for (const std::uint64_t extent : shape) {
    if (!squeeze || extent != 1) json.value(extent);
  }
  json.end_array();
}

void write_tensor(JsonWriter& json, const TensorProfile& tensor, const std::string& file) {
  const TensorInfo& info = tensor.info;
  json.begin_object(tensor.statistics ? Layout::lines : Layout::row);
  json.member("name", info.name).member("file", file).member("dtype", dtype_name(info));
  write_shape(json, "shape", info.shape, false);
  write_shape(json, "squeezed_shape", info.shape, true);
  json.member("form", form(info.shape)).member("role", to_string(info.role));
  if (!info.trainable) json.member("trainable", false);
  json.member("elements", info.elements).member("bytes", stored_bytes(info));
  if (tensor.statistics) {
    write_statistics(json, *tensor.statistics, Scope::tensor);
    write_scales(json, tensor);
  }
  json.end_object();
}

void write_tensors(JsonWriter& json, const CheckpointProfile& profile) {
  json.key("tensors").begin_array(Layout::lines);
  for (const TensorProfile& tensor : profile.tensors)
    write_tensor(json, tensor, profile.files.at(tensor.info.file).name);
  json.end_array();
}

void write_problem(JsonWriter& json, const Problem& problem) {
  json.begin_object(Layout::row).member("rule", problem.rule).member("file", problem.file).key("offset");
  problem.offset_bytes ? json.value(*problem.offset_bytes) : json.null();
  json.member("message", problem.message).end_object();
}

void write_remarks(JsonWriter& json, const CheckpointProfile& profile) {
  json.key("tied").begin_array(Layout::lines);
  for (const auto& names : profile.tied) {
    json.begin_array(Layout::row);
    for (const std::string& name : names)
      json.value(name);
    json.end_array();
  }
  json.end_array().key("findings").begin_array(Layout::lines);
  for (const Finding& finding : profile.findings) {
    json.begin_object(Layout::row).member("rule", finding.rule).member("tensor", finding.tensor);
    json.member("message", finding.message);
    for (const FindingFigure& figure : finding.figures)
      write_value(json.key(figure.name), figure.value);
    json.end_object();
  }
  json.end_array().key("problems").begin_array(Layout::lines);
  for (const Problem& problem : profile.problems)
    write_problem(json, problem);
  json.end_array().key("skipped").begin_array(Layout::lines);
  for (const SkippedTensor& tensor : profile.skipped)
    json.begin_object(Layout::row).member("name", tensor.name).member("reason", tensor.reason).end_object();
  json.end_array();
}

}  // namespace

void write_profile_json(const CheckpointProfile& profile, const TextSink& sink) {
  JsonWriter json(sink);
  json.begin_object(Layout::lines).member("schema", kProfileSchema);
  write_checkpoint(json, profile);
  if (profile.options) write_options(json, *profile.options);
  write_totals(json, profile.totals);
  write_tensors(json, profile);
  write_remarks(json, profile);
  json.end_object().finish();
}

}  // namespace weightsieve
