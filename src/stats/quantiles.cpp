#include "weightsieve/stats/quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "stats/sample_bounds.hpp"

namespace weightsieve {
namespace {

/// Estimate of the rank_inside-th of the bucket's values: the like quantile of the sample's values there.
double place(const BucketRanks::Hit& hit, std::span<const double> sample) {
  const Bucket& bucket = hit.bucket;
  if (bucket.low == bucket.high) return bucket.low;
  const double share = (static_cast<double>(hit.rank_inside) + 0.5) / static_cast<double>(bucket.count);
  const auto begin = std::ranges::lower_bound(sample, bucket.low);
  const auto end = std::upper_bound(begin, sample.end(), bucket.high);
  const auto inside = end - begin;
  if (inside == 0) return std::clamp(interpolate(bucket.low, bucket.high, share), bucket.low, bucket.high);
  const double at =
      std::clamp(share * static_cast<double>(inside) - 0.5, 0.0, static_cast<double>(inside - 1));
  const auto before = static_cast<std::ptrdiff_t>(at);
  const auto after = std::min(before + 1, inside - 1);
  return interpolate(begin[before], begin[after], at - static_cast<double>(before));
}

/// Quantile q of sorted values by numpy's definition.
double sorted_quantile(std::span<const double> values, double q) {
  const QuantilePosition at = quantile_position(q, values.size());
  return interpolate(values[at.floor], values[at.ceil], at.fraction);
}

Quantile clamped(Quantile quantile, const Population& population) {
  quantile.low = std::clamp(quantile.low, population.min, population.max);
  quantile.high = std::clamp(quantile.high, population.min, population.max);
  quantile.value = std::clamp(quantile.value, quantile.low, quantile.high);
  return quantile;
}

/// Order statistics 0 and n − 1 are known where min and max occur.
Quantile with_known_ends(Quantile quantile, const QuantilePosition& at, const Population& population) {
  if (at.ceil == 0 && population.min_occurs)
    return {quantile.q, population.min, population.min, population.min};
  if (at.floor + 1 == population.finite) return {quantile.q, population.max, population.max, population.max};
  return clamped(quantile, population);
}

}  // namespace

BucketRanks::BucketRanks(std::span<const Bucket> buckets)
    : exact_(std::ranges::all_of(buckets, [](const Bucket& bucket) { return bucket.low == bucket.high; })),
      one_order_(std::ranges::is_sorted(buckets, {}, &Bucket::low) &&
                 std::ranges::is_sorted(buckets, {}, &Bucket::high)),
      by_low_(side(buckets, &Bucket::low)) {
  if (!one_order_) by_high_ = side(buckets, &Bucket::high);
}

BucketRanks::Side BucketRanks::side(std::span<const Bucket> buckets, double Bucket::*edge) {
  Side side{{}, buckets, {}};
  if (!std::ranges::is_sorted(buckets, {}, edge)) {
    side.sorted.assign(buckets.begin(), buckets.end());
    std::ranges::stable_sort(side.sorted, {}, edge);
    side.buckets = side.sorted;
  }
  side.ends.reserve(buckets.size());
  std::uint64_t end = 0;
  for (const Bucket& bucket : side.buckets)
    side.ends.push_back(end += bucket.count);
  return side;
}

std::size_t BucketRanks::Side::find(std::uint64_t rank) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(ends, rank) - ends.begin());
}

BucketRanks::Bracket BucketRanks::bracket(std::uint64_t rank) const {
  return {by_low_.buckets[by_low_.find(rank)].low, high_side().buckets[high_side().find(rank)].high};
}

BucketRanks::Hit BucketRanks::hit(std::uint64_t rank) const {
  const std::size_t at = by_low_.find(rank);
  const Bucket& bucket = by_low_.buckets[at];
  return {bucket, rank - (by_low_.ends[at] - bucket.count)};
}

QuantilePosition quantile_position(double q, std::uint64_t n) noexcept {
  const double position = static_cast<double>(n - 1) * q;
  const auto floor = std::min(static_cast<std::uint64_t>(position), n - 1);
  const double fraction = position - static_cast<double>(floor);
  return {floor, fraction > 0 ? std::min(floor + 1, n - 1) : floor, fraction};
}

double interpolate(double a, double b, double fraction) noexcept {
  if (a == b) return a;
  const double step = b - a;
  if (!std::isfinite(step)) return a * (1 - fraction) + b * fraction;
  return fraction >= 0.5 ? b - step * (1 - fraction) : a + step * fraction;
}

QuantileSet bucket_quantiles(const BucketRanks& ranks, const Population& population,
                             std::span<const double> sample, std::span<const double> qs) {
  const bool exact = ranks.exact();
  QuantileSet set{exact ? QuantileMethod::exact : QuantileMethod::sketch, {}};
  if (population.finite == 0) return set;
  for (const double q : qs) {
    const QuantilePosition at = quantile_position(q, population.finite);
    const double a = place(ranks.hit(at.floor), sample);
    const double b = place(ranks.hit(at.ceil), sample);
    const double value = interpolate(a, b, at.fraction);
    const Quantile bounded{q, value, ranks.bracket(at.floor).low, ranks.bracket(at.ceil).high};
    set.values.push_back(exact ? Quantile{q, value, value, value} : with_known_ends(bounded, at, population));
  }
  return set;
}

QuantileSet sample_quantiles(const Population& population, const Sample& sample, std::span<const double> qs) {
  QuantileSet set{QuantileMethod::reservoir, {}};
  if (population.finite == 0) return set;
  for (const double q : qs) {
    const QuantilePosition at = quantile_position(q, population.finite);
    const SampleBounds bounds = sample_bounds(at.floor, at.ceil, population.values, sample.slots);
    const std::span<const double> values = sample.values;
    const double low = bounds.low && *bounds.low < values.size() ? values[*bounds.low] : population.min;
    const double high = bounds.high && *bounds.high < values.size() ? values[*bounds.high] : population.max;
    const double value =
        values.empty() ? interpolate(population.min, population.max, q) : sorted_quantile(values, q);
    set.values.push_back(with_known_ends({q, value, low, high}, at, population));
  }
  return set;
}

QuantileSet exact_quantiles(std::span<const double> values, std::span<const double> qs) {
  QuantileSet set{QuantileMethod::exact, {}};
  if (values.empty()) return set;
  for (const double q : qs) {
    const double value = sorted_quantile(values, q);
    set.values.push_back({q, value, value, value});
  }
  return set;
}

}  // namespace weightsieve
