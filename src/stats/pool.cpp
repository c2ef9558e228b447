#include "weightsieve/stats/pool.hpp"

#include <algorithm>
#include <compare>
#include <utility>

#include "stats/finish.hpp"

namespace weightsieve {
namespace {

void take_extreme(std::optional<Extreme>& best, const std::optional<Extreme>& candidate,
                  const std::string& tensor, std::partial_ordering wanted) {
  if (!candidate || (best && (candidate->value <=> best->value) != wanted)) return;
  best = candidate;
  best->tensor = tensor;
}

/// Sums and central moments from the figures made of them; what does not exist counts as 0.
Moments moments_of(const Statistics& part) {
  Moments moments;
  moments.count = part.counts.finite();
  const auto n = static_cast<double>(moments.count);
  const double std = part.std.value_or(0);
  const double variance = std * std;
  moments.centre = {part.mean.value_or(0), 0};
  moments.sum.add_product(part.mean.value_or(0), n);
  moments.absolute.add(part.l1.value_or(0));
  moments.m2.add_product(variance, n);
  moments.m3.add_product(part.skewness.value_or(0) * variance * std, n);
  if (part.excess_kurtosis) moments.m4.add_product((*part.excess_kurtosis + 3) * variance * variance, n);
  return moments;
}

}  // namespace

void StatisticsPool::add(const Statistics& part, const std::string& tensor) {
  ++parts_;
  count(part, tensor);
  if (parts_ == 1) sum_ = part;
  if (part.counts.finite() == 0) return;
  add_moments(part);
  if (parts_ == 1) return;
  add_histogram(part.histogram);
  add_magnitudes(part.magnitude_histogram);
}

void StatisticsPool::count(const Statistics& part, const std::string& tensor) {
  tally_.counts += part.counts;
  take_extreme(tally_.min, part.min, tensor, std::partial_ordering::less);
  take_extreme(tally_.max, part.max, tensor, std::partial_ordering::greater);
  for (std::size_t i = 0; i < std::min(part.intervals.size(), tally_.intervals.size()); ++i) {
    tally_.intervals[i].below += part.intervals[i].below;
    tally_.intervals[i].above += part.intervals[i].above;
  }
}

void StatisticsPool::add_moments(const Statistics& part) {
  has_mean_ = has_mean_ && part.mean;
  has_std_ = has_std_ && part.std;
  has_shape_ = has_shape_ && (part.excess_kurtosis || part.std == 0.0);
  has_l1_ = has_l1_ && part.l1;
  moments_.merge(moments_of(part));
}

void StatisticsPool::add_histogram(const Histogram& part) {
  Histogram& sum = sum_.histogram;
  if (sum.counts.empty() && same_edges_) {
    sum = part;
    return;
  }
  same_edges_ =
      same_edges_ && sum.low == part.low && sum.high == part.high && sum.counts.size() == part.counts.size();
  if (!same_edges_) {
    sum = {};
    return;
  }
  sum.exact = sum.exact && part.exact;
  sum.below += part.below;
  sum.above += part.above;
  for (std::size_t i = 0; i < part.counts.size(); ++i)
    sum.counts[i] += part.counts[i];
}

void StatisticsPool::add_magnitudes(const MagnitudeHistogram& part) {
  if (part.counts.empty()) return;
  MagnitudeHistogram& sum = sum_.magnitude_histogram;
  if (sum.counts.empty()) sum.exponent_low = part.exponent_low;
  if (part.exponent_low < sum.exponent_low) {
    sum.counts.insert(sum.counts.begin(), static_cast<std::size_t>(sum.exponent_low - part.exponent_low), 0);
    sum.exponent_low = part.exponent_low;
  }
  const auto shift = static_cast<std::size_t>(part.exponent_low - sum.exponent_low);
  sum.counts.resize(std::max(sum.counts.size(), shift + part.counts.size()));
  for (std::size_t i = 0; i < part.counts.size(); ++i)
    sum.counts[shift + i] += part.counts[i];
  sum.exact = sum.exact && part.exact;
}

Statistics StatisticsPool::take() {
  if (parts_ == 1) {
    sum_.min = tally_.min;
    sum_.max = tally_.max;
    return std::move(sum_);
  }
  Statistics pooled = statistics_of(tally_, moments_);
  if (!has_mean_) pooled.mean.reset();
  if (!has_l1_) pooled.l1.reset();
  if (!has_std_ || !has_mean_) pooled.std = pooled.rms = pooled.l2 = std::nullopt;
  if (!has_shape_ || !pooled.std) pooled.skewness = pooled.excess_kurtosis = std::nullopt;
  pooled.histogram = std::move(sum_.histogram);
  pooled.magnitude_histogram = std::move(sum_.magnitude_histogram);
  return pooled;
}

}  // namespace weightsieve
