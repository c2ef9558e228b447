// The Kolmogorov–Smirnov distance of two sets of values: the greatest difference of their cumulative shares.
// Pure functions; any thread.
#pragma once

#include <optional>
#include <span>

#include "weightsieve/stats/buckets.hpp"

namespace weightsieve {

/// low ≤ true distance ≤ high; exact where they are the same.
struct KsDistance {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// Of the finite values that buckets hold, in any order. The bounds are certain: a value may stand anywhere
/// in its bucket. Nothing where either set is empty. O(n log n) in the buckets, linear where they ascend.
std::optional<KsDistance> ks_distance(std::span<const Bucket> a, std::span<const Bucket> b);

/// The same when the values are paired and only `changed` of `values` pairs differ: no cumulative share can
/// then differ by more than changed / values.
KsDistance limited(const KsDistance& distance, std::uint64_t changed, std::uint64_t values) noexcept;

}  // namespace weightsieve
