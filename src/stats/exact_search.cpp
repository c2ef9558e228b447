#include "weightsieve/stats/exact_search.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace weightsieve {
namespace {

constexpr int kExponentBias = 1074;  ///< the least subnormal double is 2^-1074
constexpr std::size_t kExponents = 2098;

std::vector<std::uint64_t> asked_ranks(std::span<const double> qs, std::uint64_t n) {
  std::vector<std::uint64_t> ranks;
  for (const double q : qs) {
    const QuantilePosition at = quantile_position(q, n);
    ranks.push_back(at.floor);
    ranks.push_back(at.ceil);
  }
  std::ranges::sort(ranks);
  const auto rest = std::ranges::unique(ranks);
  ranks.erase(rest.begin(), rest.end());
  return ranks;
}

std::vector<RankTarget> targets(std::span<const Bucket> buckets, std::span<const double> qs, std::uint64_t n,
                                double min, double max) {
  std::vector<RankTarget> result;
  if (n == 0) return result;
  const BucketRanks ranks(buckets);
  for (const std::uint64_t rank : asked_ranks(qs, n)) {
    const auto [low, high] = buckets.empty() ? BucketRanks::Bracket{min, max} : ranks.bracket(rank);
    result.push_back({rank, std::clamp(low, min, max), std::clamp(high, min, max)});
  }
  return result;
}

/// Least and greatest magnitude; 0 when the range holds it.
std::pair<double, double> magnitude_range(const Population& population) {
  const double a = std::fabs(population.min);
  const double b = std::fabs(population.max);
  const bool holds_zero = population.min <= 0 && population.max >= 0;
  return {holds_zero ? 0 : std::min(a, b), std::max(a, b)};
}

std::vector<RankTarget> magnitude_targets(std::span<const Bucket> buckets, std::span<const double> qs,
                                          const Population& population) {
  const auto [low, high] = magnitude_range(population);
  return targets(magnitudes(buckets), qs, population.finite, low, high);
}

QuantileSet quantiles(const RankSearch& search, std::span<const double> qs, std::uint64_t n) {
  QuantileSet set{QuantileMethod::exact, {}};
  if (n == 0) return set;
  for (const double q : qs) {
    const QuantilePosition at = quantile_position(q, n);
    const double value = interpolate(search.value(at.floor), search.value(at.ceil), at.fraction);
    set.values.push_back({q, value, value, value});
  }
  return set;
}

MagnitudeHistogram histogram_of_exponents(const std::vector<std::uint64_t>& exponents) {
  const auto present = [](std::uint64_t count) { return count != 0; };
  const auto first = std::ranges::find_if(exponents, present);
  const auto last = std::find_if(exponents.rbegin(), exponents.rend(), present).base();
  if (first == exponents.end()) return {};
  return {true, static_cast<int>(first - exponents.begin()) - kExponentBias, {first, last}};
}

void hand_over(std::span<const std::uint64_t> from, std::span<std::uint64_t> to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] != 0) std::atomic_ref(to[i]).fetch_add(from[i], std::memory_order_relaxed);
  }
}

}  // namespace

ExactSearch::ExactSearch(const Population& population, std::span<const Bucket> buckets,
                         const StatsOptions& options, unsigned granularity)
    : population_(population),
      qs_(options.quantiles),
      values_(targets(buckets, qs_, population.finite, population.min, population.max), granularity),
      magnitudes_(magnitude_targets(buckets, qs_, population), granularity),
      bins_(bins_over(population, options.bins, options.range)) {}

void ExactSearch::begin_pass() {
  values_.begin_pass();
  magnitudes_.begin_pass();
  if (counted_) return;
  slots_.resize(bins_.size() + 2);
  exponents_.resize(kExponents);
}

void ExactSearch::end_pass() {
  values_.end_pass();
  magnitudes_.end_pass();
  if (counted_) return;
  counted_ = true;
  if (population_.finite != 0) histogram_ = histogram_of_slots(bins_, slots_, true);
  magnitude_histogram_ = histogram_of_exponents(exponents_);
  slots_ = {};
  exponents_ = {};
}

void ExactSearch::complete(Statistics& statistics) const {
  statistics.quantiles = quantiles(values_, qs_, population_.finite);
  statistics.magnitude_quantiles = quantiles(magnitudes_, qs_, population_.finite);
  statistics.histogram = histogram_;
  statistics.magnitude_histogram = magnitude_histogram_;
}

ExactTally::ExactTally(ExactSearch& search)
    : search_(&search), values_(search.values_), magnitudes_(search.magnitudes_) {
  slots_.resize(search.slots_.size());
  exponents_.resize(search.exponents_.size());
}

ExactTally::~ExactTally() {
  hand_over(slots_, search_->slots_);
  hand_over(exponents_, search_->exponents_);
}

void ExactTally::count(double value, std::uint64_t times) noexcept {
  if (!std::isfinite(value)) return;
  values_.count(value, times);
  magnitudes_.count(std::fabs(value), times);
  if (slots_.empty()) return;
  slots_[search_->bins_.slot(value)] += times;
  if (value != 0) exponents_[static_cast<std::size_t>(std::ilogb(value) + kExponentBias)] += times;
}

}  // namespace weightsieve
