#include <algorithm>
#include <cmath>

#include "weightsieve/profile/profile_diff.hpp"
#include "weightsieve/stats/pair_stats.hpp"

namespace weightsieve {
namespace {

/// The root of a sum of squares, unless it lies where doubles end: overflowed, or so small that its terms
/// lost digits.
std::optional<double> sound_root(const DoubleDouble& squares) {
  constexpr double least = 0x1p-960;
  const double value = squares.value();
  return value >= least && std::isfinite(value) ? std::optional(std::sqrt(value)) : std::nullopt;
}

void add_norms(const PairTally& tally, ValueDiff& diff) {
  const auto first = sound_root(tally.first);
  const auto second = sound_root(tally.second);
  const bool all_equal = tally.equal_finite == tally.finite;
  diff.l2 = all_equal ? std::optional(0.0) : sound_root(tally.differences);
  if (all_equal) {
    diff.relative_l2 = 0;
  } else if (diff.l2 && first) {
    diff.relative_l2 = *diff.l2 / *first;
  }
  if (!first || !second) return;
  diff.cosine = all_equal ? 1.0 : std::clamp(tally.products.value() / *first / *second, -1.0, 1.0);
}

}  // namespace

ValueDiff value_diff(const PairTally& tally, bool same_dtype) {
  ValueDiff diff;
  diff.values = tally.values;
  diff.equal = tally.equal;
  diff.within = tally.within;
  diff.finite = tally.finite;
  diff.equal_finite = tally.equal_finite;
  if (same_dtype) diff.identical = tally.identical;
  if (tally.greatest > 0)
    diff.greatest = {tally.greatest, tally.greatest_index, tally.greatest_a, tally.greatest_b, {}};
  add_norms(tally, diff);
  return diff;
}

}  // namespace weightsieve
