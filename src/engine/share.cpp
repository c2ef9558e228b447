#include "weightsieve/engine/share.hpp"

#include <numeric>

#include "weightsieve/base/checked.hpp"

namespace weightsieve {

/// A cut is made before the unit where the sum of work comes nearest to its part of the whole.
std::vector<UnitRange> share_units(std::span<const std::uint64_t> work, unsigned shares) {
  const std::uint64_t total = std::accumulate(work.begin(), work.end(), std::uint64_t{0});
  std::vector<UnitRange> ranges(shares);
  std::size_t unit = 0;
  std::uint64_t sum = 0;  // of the work before `unit`
  for (unsigned cut = 1; cut < shares; ++cut) {
    const std::uint64_t target = mul_div(total, cut, shares);
    while (unit < work.size() && sum + work[unit] < target)
      sum += work[unit++];
    const bool behind = unit < work.size() && target - sum > sum + work[unit] - target;
    ranges[cut].first = ranges[cut - 1].end = unit + (behind ? 1 : 0);
  }
  if (shares != 0) ranges.back().end = work.size();
  return ranges;
}

}  // namespace weightsieve
