#include "weightsieve/stats/wire_statistics.hpp"

#include <algorithm>
#include <array>

#include "stats/finish.hpp"
#include "stats/wire_counts.hpp"

namespace weightsieve {
namespace {

/// Powers of two that a double may have.
constexpr std::size_t kMostPowers = 2200;

void write_quantiles(WireWriter& out, const QuantileSet& set) {
  out.count(static_cast<std::uint64_t>(set.method));
  out.count(set.values.empty() ? 0 : 1);
  for (const Quantile& quantile : set.values) {
    out.put(quantile.value);
    if (set.method == QuantileMethod::exact) continue;
    out.put(quantile.low);
    out.put(quantile.high);
  }
}

QuantileSet read_quantiles(WireReader& in, const StatsOptions& options) {
  QuantileSet set;
  set.method = static_cast<QuantileMethod>(in.count(static_cast<std::uint64_t>(QuantileMethod::reservoir)));
  if (!in.truth()) return set;
  for (const double q : options.quantiles) {
    const auto value = in.get<double>();
    set.values.push_back({q, value, value, value});
    if (set.method == QuantileMethod::exact) continue;
    set.values.back().low = in.get<double>();
    set.values.back().high = in.get<double>();
  }
  return set;
}

void write_histogram(WireWriter& out, const Histogram& histogram) {
  out.count(histogram.exact ? 1 : 0);
  out.put(histogram.low);
  out.put(histogram.high);
  out.count(histogram.below);
  out.count(histogram.above);
  out.count(histogram.counts.size());
  for (const std::uint64_t count : histogram.counts)
    out.count(count);
}

void read_bins(WireReader& in, std::uint64_t most, std::vector<std::uint64_t>& counts) {
  const std::size_t size = in.length();
  if (size > most) fail_wire("a histogram of too many bins");
  counts.resize(size);
  for (std::uint64_t& count : counts)
    count = in.count();
}

Histogram read_histogram(WireReader& in, const StatsOptions& options) {
  Histogram histogram;
  histogram.exact = in.truth();
  histogram.low = in.get<double>();
  histogram.high = in.get<double>();
  histogram.below = in.count();
  histogram.above = in.count();
  read_bins(in, options.bins, histogram.counts);
  return histogram;
}

void write_magnitudes(WireWriter& out, const MagnitudeHistogram& histogram) {
  out.count(histogram.exact ? 1 : 0);
  out.put(static_cast<std::int32_t>(histogram.exponent_low));
  out.count(histogram.counts.size());
  for (const std::uint64_t count : histogram.counts)
    out.count(count);
}

MagnitudeHistogram read_magnitudes(WireReader& in) {
  MagnitudeHistogram histogram;
  histogram.exact = in.truth();
  histogram.exponent_low = in.get<std::int32_t>();
  read_bins(in, kMostPowers, histogram.counts);
  return histogram;
}

}  // namespace

void write_statistics(WireWriter& out, const Statistics& statistics, const Moments& moments) {
  Tally tally{StatsOptions{}};
  tally.counts = statistics.counts;
  tally.min = statistics.min;
  tally.max = statistics.max;
  tally.intervals = statistics.intervals;
  write_tally(out, tally);
  write_moments(out, moments);
  write_quantiles(out, statistics.quantiles);
  write_quantiles(out, statistics.magnitude_quantiles);
  write_histogram(out, statistics.histogram);
  write_magnitudes(out, statistics.magnitude_histogram);
}

StatisticsOnWire read_statistics(WireReader& in, const StatsOptions& options, std::uint64_t values) {
  const Tally tally = read_tally(in, options);
  const Moments moments = read_moments(in);
  const bool fits = tally.counts.values() == values && moments.count == tally.counts.finite() &&
                    tally.min.has_value() == (moments.count != 0);
  if (!fits) fail_wire("counts that are not those of its values");
  StatisticsOnWire read{statistics_of(tally, moments), moments};
  read.statistics.quantiles = read_quantiles(in, options);
  read.statistics.magnitude_quantiles = read_quantiles(in, options);
  read.statistics.histogram = read_histogram(in, options);
  read.statistics.magnitude_histogram = read_magnitudes(in);
  return read;
}

void write_result(WireWriter& out, const TensorResult& result) {
  write_statistics(out, result.statistics, result.moments);
  out.count(result.codes.size());
  for (const CodeCount& entry : result.codes) {
    out.count(entry.code);
    out.count(entry.count);
  }
  out.count(result.integers.size());
  for (const WeightedValue& integer : result.integers) {
    out.put(integer.value);
    out.count(integer.count);
  }
  write_values(out, result.total_sample);
}

TensorResult read_result(WireReader& in, const StatsContext& context, const TensorTask& task) {
  auto [statistics, moments] = read_statistics(in, context.options, task.values());
  TensorResult result{std::move(statistics), moments, {}, {}, {}, nullptr};
  const std::size_t codes = code_space(task.dtype);
  for (std::size_t left = in.length(); left > 0; --left) {
    if (codes == 0) fail_wire("counts by code of what has no codes");
    const auto code = static_cast<std::uint32_t>(in.count(codes - 1));
    result.codes.push_back({code, in.count()});
  }
  for (std::size_t left = in.length(); left > 0; --left) {
    const auto value = in.get<double>();
    result.integers.push_back({value, in.count()});
  }
  result.total_sample = read_values(in, context.total_sample ? context.total_sample->size() : 0);
  return result;
}

}  // namespace weightsieve
