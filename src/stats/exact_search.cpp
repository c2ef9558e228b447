#include "weightsieve/stats/exact_search.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "stats/exponent.hpp"

namespace weightsieve {
namespace {

constexpr int kExponentBias = 1074;  ///< the least subnormal double is 2^-1074
constexpr std::size_t kExponents = 2098;
constexpr std::uint16_t kMagnitude = 0x7FFF;  ///< all of an upper half but the sign

std::vector<std::uint64_t> asked_ranks(std::span<const double> qs, std::uint64_t n) {
  std::vector<std::uint64_t> ranks;
  for (const double q : qs) {
    const QuantilePosition at = quantile_position(q, n);
    ranks.push_back(at.floor);
    ranks.push_back(at.ceil);
  }
  std::ranges::sort(ranks);
  const auto rest = std::unique(ranks.begin(), ranks.end());
  ranks.erase(rest, ranks.end());
  return ranks;
}

/// Values in [low, high], which no other group meets.
struct Group {
  double low, high;
  std::uint64_t below, count;
};

/// Buckets that overlap (of several dtypes together) make one group.
std::vector<Group> groups_of(std::span<const Bucket> buckets) {
  std::vector<Group> groups;
  for (const Bucket& bucket : buckets) {
    if (groups.empty() || groups.back().high < bucket.low) {
      const std::uint64_t below = groups.empty() ? 0 : groups.back().below + groups.back().count;
      groups.push_back({bucket.low, bucket.high, below, 0});
    }
    groups.back().high = std::max(groups.back().high, bucket.high);
    groups.back().count += bucket.count;
  }
  return groups;
}

std::vector<RankTarget> targets(std::span<const Bucket> buckets, std::span<const double> qs, std::uint64_t n,
                                double min, double max) {
  std::vector<RankTarget> result;
  if (n == 0) return result;
  std::vector<Group> groups = groups_of(buckets);
  if (groups.empty()) groups.push_back({min, max, 0, n});
  for (const std::uint64_t rank : asked_ranks(qs, n)) {
    const Group& group = *std::prev(std::ranges::upper_bound(groups, rank, {}, &Group::below));
    result.push_back({rank, std::clamp(group.low, min, max), std::clamp(group.high, min, max), group.below});
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

/// C64 is counted in halves of F32.
Dtype half_of(Dtype dtype) noexcept { return dtype == Dtype::C64 ? Dtype::F32 : dtype; }

std::size_t exponent_slot(double value) noexcept {
  const int slot = exponent_of(value) + kExponentBias;
  return static_cast<std::size_t>(slot);
}

bool one_power(const Bucket& bucket) noexcept {
  return bucket.low == bucket.high || exponent_of(bucket.low) == exponent_of(bucket.high);
}

void hand_over(std::span<const std::uint64_t> from, std::span<std::uint64_t> to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
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
      bins_(bins_over(population, options.bins, options.range)),
      known_(!buckets.empty()),
      slots_(bins_.size() + 2) {
  std::vector<std::uint64_t> exponents(kExponents);
  Aspects open = known_ ? 0 : kAllAspects;
  Near near;
  for (const Bucket& bucket : buckets) {
    const Look look = look_at(bucket, near);
    if (!(look.open & kBinAspect)) slots_[look.low_slot] += bucket.count;
    if (!(look.open & kPowerAspect) && bucket.low != 0) exponents[exponent_slot(bucket.low)] += bucket.count;
    open |= look.open;
  }
  counted_ = !(open & (kBinAspect | kPowerAspect));
  magnitude_histogram_ = histogram_of_exponents(exponents);
}

ExactSearch::ExactSearch(const ExactSearch& other, Afresh)
    : population_(other.population_),
      qs_(other.qs_),
      values_(other.values_, Afresh()),
      magnitudes_(other.magnitudes_, Afresh()),
      bins_(other.bins_),
      known_(other.known_),
      counted_(other.counted_),
      slots_(other.slots_.size()),
      open_codes_(other.open_codes_) {}

/// Extremes are known, so what lies beyond them of a bucket is empty.
Bucket ExactSearch::clamped(const Bucket& bucket) const noexcept {
  return {std::max(bucket.low, population_.min), std::min(bucket.high, population_.max), bucket.count};
}

ExactSearch::Look ExactSearch::look_at(const Bucket& bucket, Near& near) const noexcept {
  const auto [low, high, count] = clamped(bucket);
  Look look{0, bins_.slot(low), bins_.slot(high)};
  const double least = std::min(std::fabs(low), std::fabs(high));
  const double greatest = std::max(std::fabs(low), std::fabs(high));
  if (values_.asks_for(low, high, near.value)) look.open |= kRankAspect;
  if (magnitudes_.asks_for(least, greatest, near.magnitude)) look.open |= kMagnitudeAspect;
  if (!counted_ && look.low_slot != look.high_slot) look.open |= kBinAspect;
  if (!counted_ && !one_power(bucket)) look.open |= kPowerAspect;
  return look;
}

void ExactSearch::add_codes(Dtype dtype, std::span<const CodeCount> codes, const ValueCounts& counts) {
  std::vector<OpenCode>& open = open_codes_[half_of(dtype)];
  Near near;
  for (const CodeCount& entry : codes) {
    const OpenCode code = open_code(dtype, entry, counts, near);
    if (code.aspects != 0) open.push_back(code);
  }
}

OpenCode ExactSearch::open_code(Dtype dtype, const CodeCount& entry, const ValueCounts& counts,
                                Near& near) const {
  OpenCode open{static_cast<std::uint16_t>(entry.code), 0};
  const CodeBuckets buckets = buckets_of_upper_half(dtype, entry, counts);
  for (const Bucket& bucket : buckets) {
    if (bucket.low == 0 && bucket.high == 0) continue;
    const Look look = look_at(bucket, near);
    open.aspects |= look.open;
    if (buckets.size() == 1 && look.open & kBinAspect) find_edge(look, open);
  }
  return open;
}

/// Beyond the last edge lies what is greater; at all others also what is equal.
void ExactSearch::find_edge(const Look& look, OpenCode& open) const noexcept {
  if (look.low_slot == bins_.size() || look.high_slot != look.low_slot + 1) return;
  open.edge = bins_.edge(look.low_slot);
  open.slot = look.low_slot;
}

const std::vector<OpenCode>* ExactSearch::open_codes(Dtype dtype) const noexcept {
  const auto codes = open_codes_.find(half_of(dtype));
  return codes == open_codes_.end() ? nullptr : &codes->second;
}

void ExactSearch::begin_pass() {
  values_.begin_pass();
  magnitudes_.begin_pass();
  if (counted_) return;
  exponents_.resize(kExponents);
  for (std::size_t i = 0; i < magnitude_histogram_.counts.size(); ++i) {
    const int slot = magnitude_histogram_.exponent_low + static_cast<int>(i) + kExponentBias;
    exponents_[static_cast<std::size_t>(slot)] = magnitude_histogram_.counts[i];
  }
}

void ExactSearch::end_pass() {
  values_.end_pass();
  magnitudes_.end_pass();
  forget_settled_codes();
  if (counted_) return;
  counted_ = true;
  magnitude_histogram_ = histogram_of_exponents(exponents_);
  exponents_ = std::vector<std::uint64_t>();  // {} would keep the room
}

void ExactSearch::write_pass(WireWriter& out) const {
  values_.write_pass(out);
  magnitudes_.write_pass(out);
  if (counted_) return;
  out.counts(std::span<const std::uint64_t>(slots_));
  out.counts(std::span<const std::uint64_t>(exponents_));
}

void ExactSearch::add_pass(WireReader& in) {
  values_.add_pass(in);
  magnitudes_.add_pass(in);
  if (counted_) return;
  in.add_counts(std::span(slots_));
  in.add_counts(std::span(exponents_));
}

/// Which of the others still hold a value that is looked for, the counting tells.
void ExactSearch::forget_settled_codes() {
  for (auto& [dtype, codes] : open_codes_) {
    for (OpenCode& open : codes)
      open = {open.code, static_cast<Aspects>(open.aspects & kRankAspects)};
    std::erase_if(codes, [](const OpenCode& open) { return open.aspects == 0; });
  }
}

void ExactSearch::complete(Statistics& statistics) const {
  statistics.quantiles = quantiles(values_, qs_, population_.finite);
  statistics.magnitude_quantiles = quantiles(magnitudes_, qs_, population_.finite);
  if (population_.finite == 0) return;
  statistics.histogram = histogram_of_slots(bins_, slots_, true);
  statistics.magnitude_histogram = magnitude_histogram_;
}

ExactTally::ExactTally(ExactSearch& search)
    : search_(&search), slots_(search.slots_.size()), exponents_(search.exponents_.size()) {
  if (!search.values_.done()) values_.emplace(search.values_);
  if (!search.magnitudes_.done()) magnitudes_.emplace(search.magnitudes_);
}

ExactTally::~ExactTally() {
  hand_over(slots_, search_->slots_);
  hand_over(exponents_, search_->exponents_);
}

void ExactTally::count(double value, std::uint64_t times, Aspects aspects) {
  if (!std::isfinite(value)) return;
  if (aspects & kRankAspect && values_) values_->count(value, times);
  if (aspects & kMagnitudeAspect && magnitudes_) magnitudes_->count(std::fabs(value), times);
  if (search_->counted_) return;
  if (aspects & kBinAspect) slots_[search_->bins_.slot(value)] += times;
  if (aspects & kPowerAspect && value != 0) exponents_[exponent_slot(value)] += times;
}

void ExactTally::count_halves(std::uint16_t upper, std::span<const std::uint16_t> lower, Aspects aspects) {
  if (aspects & kRankAspect && values_) values_->count_halves(upper, lower);
  if (aspects & kMagnitudeAspect && magnitudes_) magnitudes_->count_halves(upper & kMagnitude, lower);
}

}  // namespace weightsieve
