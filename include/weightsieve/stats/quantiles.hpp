// Quantiles from ascending buckets or from a sample, each with bounds that hold the true value.
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "weightsieve/stats/buckets.hpp"
#include "weightsieve/stats/statistics.hpp"

namespace weightsieve {

/// The finite values of a population of which only counts and extremes are known for certain.
struct Population {
  std::uint64_t values = 0;  ///< with those that are not finite
  std::uint64_t finite = 0;
  double min = 0;
  double max = 0;
  bool min_occurs = true;  ///< false: min is only a lower bound (of magnitudes whose values straddle zero)
};

/// A uniform sample: its finite values, ascending, and how many slots it has in all.
struct Sample {
  std::vector<double> values;
  std::uint64_t slots = 0;
};

/// Where numpy's `linear` quantile q of n values lies: between order statistics ⌊q(n−1)⌋ and ⌈q(n−1)⌉.
struct QuantilePosition {
  std::uint64_t floor = 0;
  std::uint64_t ceil = 0;
  double fraction = 0;
};
QuantilePosition quantile_position(double q, std::uint64_t n) noexcept;

/// numpy's interpolation between two neighbours, without overflow.
double interpolate(double a, double b, double fraction) noexcept;

/// Which edges hold an order statistic of bucketed values: the lower edges' and the upper edges' own order
/// statistic. Buckets in any order, overlapping or not; they must outlive this.
class BucketRanks {
 public:
  explicit BucketRanks(std::span<const Bucket> buckets);

  struct Bracket {
    double low = 0;
    double high = 0;
  };
  /// Requires rank < the buckets' total count. O(log buckets).
  Bracket bracket(std::uint64_t rank) const;

  struct Hit {
    Bucket bucket;
    std::uint64_t rank_inside = 0;
  };
  /// The bucket that holds the rank when buckets are taken in order of their lower edges.
  Hit hit(std::uint64_t rank) const;

  /// Whether every bucket is one value.
  bool exact() const noexcept { return exact_; }

 private:
  struct Side {
    std::vector<Bucket> sorted;  ///< only where the order had to change
    std::span<const Bucket> buckets;
    std::vector<std::uint64_t> ends;  ///< cumulative counts
    std::size_t find(std::uint64_t rank) const;
  };
  static Side side(std::span<const Bucket> buckets, double Bucket::*edge);
  const Side& high_side() const noexcept { return one_order_ ? by_low_ : by_high_; }

  bool exact_;
  bool one_order_;  ///< ascending by both edges, as the buckets of one dtype are
  Side by_low_;
  Side by_high_;
};

/// Certain bounds: low is the lower edge of the bucket of the ⌊q(n−1)⌋-th value, high the upper edge of that
/// of the ⌈q(n−1)⌉-th. The value is placed inside its bucket by the sample's values there (ascending; others
/// may be left out), where there are any, else evenly. Buckets may overlap (of several dtypes together). The
/// method is exact when every bucket is one value. O(quantiles × log(buckets + sample)).
QuantileSet bucket_quantiles(const BucketRanks& ranks, const Population& population,
                             std::span<const double> sample, std::span<const double> qs);

/// Bounds of 99 % confidence from the sample alone, by the Chernoff–Hoeffding bound on how many slots fall
/// below the true value (Hoeffding, "Probability inequalities for sums of bounded random variables", 1963,
/// theorem 1); min and max are known exactly.
QuantileSet sample_quantiles(const Population& population, const Sample& sample, std::span<const double> qs);

/// From all finite values, ascending.
QuantileSet exact_quantiles(std::span<const double> values, std::span<const double> qs);

}  // namespace weightsieve
