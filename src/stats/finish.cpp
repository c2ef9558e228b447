#include "stats/finish.hpp"

#include <algorithm>
#include <cmath>

#include "stats/drawn_near.hpp"
#include "stats/radix_sort.hpp"

namespace weightsieve {
namespace {

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// A sum of powers, unless it lies where doubles end: overflowed, or so small that its terms lost digits.
std::optional<double> sound_power(const DoubleDouble& sum) {
  constexpr double kLeast = 0x1p-960;
  const double value = sum.value();
  return value >= kLeast && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// √(a² + b²) where the squares may not fit a double.
double root_of_squares(double a, double b) {
  const double larger = std::max(std::fabs(a), std::fabs(b));
  if (larger == 0) return 0;
  const double ratio = std::min(std::fabs(a), std::fabs(b)) / larger;
  return larger * std::sqrt(1 + ratio * ratio);
}

/// Skewness and kurtosis of values that differ.
void add_shape(const Moments& moments, double variance, Statistics& statistics) {
  const auto m4 = sound_power(moments.m4);
  if (!m4) return;
  const auto n = static_cast<double>(moments.count);
  statistics.skewness = finite(moments.m3.value() / n / variance / std::sqrt(variance));
  statistics.excess_kurtosis = finite(*m4 / n / variance / variance - 3);
}

void add_moments(const Moments& moments, Statistics& statistics) {
  if (moments.count == 0) return;
  const auto n = static_cast<double>(moments.count);
  const bool constant = statistics.min->value == statistics.max->value;
  const auto m2 = constant ? std::optional(0.0) : sound_power(moments.m2);
  statistics.mean = finite(constant ? statistics.min->value.as_double() : moments.mean().high);
  statistics.l1 = finite(moments.absolute.value());
  if (!m2) return;
  statistics.std = std::sqrt(*m2 / n);
  if (!constant) add_shape(moments, *m2 / n, statistics);
  if (!statistics.mean) return;
  const double rms = root_of_squares(*statistics.std, *statistics.mean);
  statistics.rms = finite(rms);
  statistics.l2 = finite(rms * std::sqrt(n));
}

/// Two ascending runs as one, from both ends at once. Which comes next is as good as random: chosen without a
/// branch, and while one choice waits for its loads the other end's goes on (3 ns a value by one end,
/// 2.2 by both).
void merge_runs(std::span<const double> a, std::span<const double> b, double* out) {
  std::size_t i = 0, j = 0, last_i = a.size(), last_j = b.size();
  double* end = out + a.size() + b.size();
  while (last_i - i > 1 && last_j - j > 1) {
    const bool second = b[j] < a[i];
    *out++ = second ? b[j] : a[i];
    i += !second;
    j += second;
    const bool first = b[last_j - 1] < a[last_i - 1];
    *--end = first ? a[last_i - 1] : b[last_j - 1];
    last_i -= first;
    last_j -= !first;
  }
  std::merge(a.begin() + static_cast<std::ptrdiff_t>(i), a.begin() + static_cast<std::ptrdiff_t>(last_i),
             b.begin() + static_cast<std::ptrdiff_t>(j), b.begin() + static_cast<std::ptrdiff_t>(last_j),
             out);
}

/// The magnitudes of ascending values, ascending.
std::vector<double> magnitudes_of(std::span<const double> values) {
  const auto positive = std::ranges::lower_bound(values, 0.0);
  std::vector<double> negative(values.begin(), positive);
  std::ranges::reverse(negative);
  for (double& value : negative)
    value = -value;
  std::vector<double> absolute(values.size());
  merge_runs(negative, {positive, values.end()}, absolute.data());
  return absolute;
}

Population magnitudes_of(const Population& population, const ValueCounts& counts) {
  const double a = std::fabs(population.min);
  const double b = std::fabs(population.max);
  const bool holds_zero = population.min <= 0 && population.max >= 0;
  return {population.values, population.finite, holds_zero ? 0 : std::min(a, b), std::max(a, b),
          !holds_zero || counts.zero != 0};
}

}  // namespace

Statistics statistics_of(const Tally& tally, const Moments& moments) {
  Statistics statistics;
  statistics.counts = tally.counts;
  statistics.min = tally.min;
  statistics.max = tally.max;
  statistics.intervals = tally.intervals;
  add_moments(moments, statistics);
  return statistics;
}

Population population_of(const Statistics& statistics) noexcept {
  Population population{statistics.counts.values(), statistics.counts.finite(), 0, 0};
  if (!statistics.min) return population;
  population.min = statistics.min->value.as_double() + 0.0;
  population.max = statistics.max->value.as_double() + 0.0;
  return population;
}

void describe_buckets(std::span<const Bucket> buckets, std::span<const double> drawn,
                      const StatsOptions& options, Statistics& statistics) {
  const Population population = population_of(statistics);
  const std::vector<Bucket> absolute = magnitudes(buckets);
  const BucketRanks ranks(buckets), absolute_ranks(absolute);
  const auto near = drawn_near(ranks, absolute_ranks, population.finite, drawn, options.quantiles);
  statistics.quantiles = bucket_quantiles(ranks, population, near, options.quantiles);
  statistics.magnitude_quantiles = bucket_quantiles(
      absolute_ranks, magnitudes_of(population, statistics.counts), magnitudes_of(near), options.quantiles);
  if (population.finite == 0) return;
  statistics.histogram =
      bucket_histogram(buckets, population, bins_over(population, options.bins, options.range));
  statistics.magnitude_histogram = bucket_magnitudes(absolute);
}

void describe_values(std::span<const double> values, const StatsOptions& options, Statistics& statistics) {
  const std::vector<double> absolute = magnitudes_of(values);
  statistics.quantiles = exact_quantiles(values, options.quantiles);
  statistics.magnitude_quantiles = exact_quantiles(absolute, options.quantiles);
  if (values.empty()) return;
  statistics.histogram =
      value_histogram(values, bins_over(population_of(statistics), options.bins, options.range));
  statistics.magnitude_histogram = value_magnitudes(absolute);
}

void describe_sample(const Sample& sample, const StatsOptions& options, Statistics& statistics) {
  const Population population = population_of(statistics);
  const Sample absolute{magnitudes_of(sample.values), sample.slots};
  statistics.quantiles = sample_quantiles(population, sample, options.quantiles);
  statistics.magnitude_quantiles =
      sample_quantiles(magnitudes_of(population, statistics.counts), absolute, options.quantiles);
  if (population.finite == 0) return;
  statistics.histogram =
      sample_histogram(sample, population, bins_over(population, options.bins, options.range));
  statistics.magnitude_histogram =
      sample_magnitudes(absolute.values, population.finite - statistics.counts.zero);
}

std::vector<Bucket> buckets_of_values(std::span<const double> values) {
  std::vector<Bucket> buckets;
  for (const double value : values) {
    if (buckets.empty() || buckets.back().low != value) buckets.push_back({value, value, 0});
    ++buckets.back().count;
  }
  return buckets;
}

Sample sorted_sample(std::vector<double> values) {
  const std::uint64_t slots = values.size();
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  radix_sort(values);
  return {std::move(values), slots};
}

}  // namespace weightsieve
