#include "kernels/central_moments.hpp"

namespace weightsieve::kernel {
namespace {

// Rounding must not turn a sum of squares negative; NaN stays.
double at_least_zero(double x) noexcept { return x < 0 ? 0 : x; }

}  // namespace

bool is_far_from_zero(const PowerSums& sums, double count) noexcept {
  return 2 * (sums.sum.value * sums.sum.value) > count * sums.squares;
}

CentralMoments central_moments(const PowerSums& shifted, double count, CompensatedSum pivot) noexcept {
  if (count == 0) return {};
  const double sum = shifted.sum.value + shifted.sum.tail;
  const double mean = sum / count;
  const double excess = sum * sum / count;  // count × mean², exact where all values are equal

  CentralMoments moments{.count = count, .mean = pivot};
  moments.mean.add(mean);
  moments.mean = moments.mean.normalized();
  moments.m2 = at_least_zero(shifted.squares - excess);
  moments.m3 = shifted.cubes - mean * (3 * shifted.squares - 2 * excess);
  moments.m4 =
      at_least_zero(shifted.fourths - mean * (4 * shifted.cubes - mean * (6 * shifted.squares - 3 * excess)));
  return moments;
}

CentralMoments join(const CentralMoments& a, const CentralMoments& b) noexcept {
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  const double count = a.count + b.count;
  const double delta = (b.mean.value - a.mean.value) + (b.mean.tail - a.mean.tail);
  const double share_a = a.count / count;
  const double share_b = b.count / count;
  const double spread = delta * delta * (a.count * share_b);

  CentralMoments both{.count = count, .mean = a.mean};
  both.mean.add(delta * share_b);
  both.mean = both.mean.normalized();
  both.m2 = a.m2 + b.m2 + spread;
  both.m3 = a.m3 + b.m3 + delta * (spread * (share_a - share_b) + 3 * (share_a * b.m2 - share_b * a.m2));
  both.m4 = a.m4 + b.m4 + delta * (4 * (share_a * b.m3 - share_b * a.m3)) +
            delta * delta *
                (spread * (share_a * share_a - share_a * share_b + share_b * share_b) +
                 6 * (share_a * share_a * b.m2 + share_b * share_b * a.m2));
  return both;
}

}  // namespace weightsieve::kernel
