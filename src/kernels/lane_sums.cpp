#include "kernels/lane_sums.hpp"

#include <cmath>

namespace weightsieve::kernel {
namespace {

double pairwise(const double* r) noexcept {
  return ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
}

void add_compensated(double& value, double& tail, double x) noexcept {
  CompensatedSum sum{value, tail};
  sum.add(x);
  value = sum.value;
  tail = sum.tail;
}

CompensatedSum join(const double* values, const double* tails) noexcept {
  CompensatedSum lane[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i)
    lane[i] = {values[i], tails[i]};
  for (std::size_t width = kLanes / 2; width > 0; width /= 2) {
    for (std::size_t i = 0; i < width; ++i) {
      lane[i].tail += lane[i + width].tail;
      lane[i].add(lane[i + width].value);
    }
  }
  return lane[0];
}

double join(const double* values) noexcept {
  double lane[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i)
    lane[i] = values[i];
  for (std::size_t width = kLanes / 2; width > 0; width /= 2) {
    for (std::size_t i = 0; i < width; ++i)
      lane[i] += lane[i + width];
  }
  return lane[0];
}

}  // namespace

void add_group(LaneSums& lanes, const double* values) noexcept {
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    double x[kGroupRows], magnitude[kGroupRows], square[kGroupRows], cube[kGroupRows], fourth[kGroupRows];
    for (std::size_t row = 0; row < kGroupRows; ++row) {
      x[row] = values[row * kLanes + lane];
      magnitude[row] = std::fabs(x[row]);
      square[row] = x[row] * x[row];
      cube[row] = square[row] * x[row];
      fourth[row] = square[row] * square[row];
    }
    add_compensated(lanes.sum[lane], lanes.sum_tail[lane], pairwise(x));
    add_compensated(lanes.absolute[lane], lanes.absolute_tail[lane], pairwise(magnitude));
    lanes.squares[lane] += pairwise(square);
    lanes.cubes[lane] += pairwise(cube);
    lanes.fourths[lane] += pairwise(fourth);
  }
}

PowerSums join_lanes(const LaneSums& lanes) noexcept {
  return {.sum = join(lanes.sum, lanes.sum_tail),
          .absolute = join(lanes.absolute, lanes.absolute_tail),
          .squares = join(lanes.squares),
          .cubes = join(lanes.cubes),
          .fourths = join(lanes.fourths)};
}

PowerSums sum_padded(const double* padded, std::size_t values) noexcept {
  LaneSums lanes{};
  for (std::size_t i = 0; i < values; i += kGroupValues)
    add_group(lanes, padded + i);
  return join_lanes(lanes);
}

}  // namespace weightsieve::kernel
