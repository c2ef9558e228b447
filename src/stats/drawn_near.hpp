// Which values of a sample place quantiles within their buckets.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "weightsieve/stats/quantiles.hpp"

namespace weightsieve {

/// Of the values drawn, in any order, those that lie in (or close beside) the bucket of an asked quantile of
/// the values or of their magnitudes, ascending. Few do: sorting the whole sample would take longer than
/// reading a chunk. `finite` values are in the buckets of either. 1 ns a value.
std::vector<double> drawn_near(const BucketRanks& values, const BucketRanks& magnitudes, std::uint64_t finite,
                               std::span<const double> drawn, std::span<const double> qs);

}  // namespace weightsieve
