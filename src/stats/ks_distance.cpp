#include "weightsieve/stats/ks_distance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace weightsieve {
namespace {

/// Steps of a cumulative count: of buckets in the order of one edge.
class Steps {
 public:
  Steps(std::span<const Bucket> buckets, double Bucket::*edge) : buckets_(buckets), edge_(edge) {
    if (std::ranges::is_sorted(buckets, {}, edge)) return;
    sorted_.assign(buckets.begin(), buckets.end());
    std::ranges::stable_sort(sorted_, {}, edge);
    buckets_ = sorted_;
  }
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;

  /// Where the next step is.
  double next() const noexcept {
    return at_ < buckets_.size() ? buckets_[at_].*edge_ : std::numeric_limits<double>::infinity();
  }

  /// Counts the buckets whose edge is at most `value`.
  void advance(double value) noexcept {
    for (; next() <= value && at_ < buckets_.size(); ++at_)
      count_ += buckets_[at_].count;
  }

  std::uint64_t count() const noexcept { return count_; }

 private:
  std::vector<Bucket> sorted_;
  std::span<const Bucket> buckets_;
  double Bucket::*edge_;
  std::size_t at_ = 0;
  std::uint64_t count_ = 0;
};

/// Which share of a set is at most some value: at least low(), where whole buckets are counted, at most
/// high(), where every bucket that begins is.
class CumulativeShare {
 public:
  explicit CumulativeShare(std::span<const Bucket> buckets)
      : begun_(buckets, &Bucket::low), ended_(buckets, &Bucket::high) {
    for (const Bucket& bucket : buckets)
      total_ += static_cast<double>(bucket.count);
  }

  bool empty() const noexcept { return total_ == 0; }
  double next() const noexcept { return std::min(begun_.next(), ended_.next()); }
  void advance(double value) noexcept {
    begun_.advance(value);
    ended_.advance(value);
  }

  double low() const noexcept { return static_cast<double>(ended_.count()) / total_; }
  double high() const noexcept { return static_cast<double>(begun_.count()) / total_; }
  double middle() const noexcept { return (low() + high()) / 2; }

 private:
  Steps begun_, ended_;
  double total_ = 0;
};

}  // namespace

std::optional<KsDistance> ks_distance(std::span<const Bucket> a, std::span<const Bucket> b) {
  CumulativeShare first(a), second(b);
  if (first.empty() || second.empty()) return std::nullopt;
  KsDistance distance;
  for (;;) {
    const double at = std::min(first.next(), second.next());
    if (!std::isfinite(at)) break;
    first.advance(at);
    second.advance(at);
    distance.value = std::max(distance.value, std::fabs(first.middle() - second.middle()));
    distance.low = std::max({distance.low, first.low() - second.high(), second.low() - first.high()});
    distance.high = std::max({distance.high, first.high() - second.low(), second.high() - first.low()});
  }
  distance.value = std::clamp(distance.value, distance.low, distance.high);
  return distance;
}

KsDistance limited(const KsDistance& distance, std::uint64_t changed, std::uint64_t values) noexcept {
  const double most = values == 0 ? 0 : static_cast<double>(changed) / static_cast<double>(values);
  KsDistance less = distance;
  less.high = std::max(less.low, std::min(less.high, most));
  less.value = std::clamp(less.value, less.low, less.high);
  return less;
}

}  // namespace weightsieve
