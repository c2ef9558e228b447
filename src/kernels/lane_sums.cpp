#include "kernels/lane_sums.hpp"

#include <algorithm>
#include <cmath>

namespace weightsieve::kernel {
namespace {

struct Terms {
  double x, magnitude, square, cube, fourth;
};

double pairwise(const double* r) noexcept {
  return ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
}

// Of one lane of a group.
Terms group_terms(const double* values) noexcept {
  double x[kGroupRows], magnitude[kGroupRows], square[kGroupRows], cube[kGroupRows], fourth[kGroupRows];
  for (std::size_t row = 0; row < kGroupRows; ++row) {
    x[row] = values[row * kLanes];
    magnitude[row] = std::fabs(x[row]);
    square[row] = x[row] * x[row];
    cube[row] = square[row] * x[row];
    fourth[row] = square[row] * square[row];
  }
  return {pairwise(x), pairwise(magnitude), pairwise(square), pairwise(cube), pairwise(fourth)};
}

void add_compensated(double& value, double& tail, double x) noexcept {
  CompensatedSum sum{value, tail};
  sum.add(x);
  value = sum.value;
  tail = sum.tail;
}

// Lane i takes lane i + kWidth. Separate arrays and a fixed width, so that compilers make vector code of it.
template <std::size_t kWidth>
void fold(double* lane) noexcept {
  for (std::size_t i = 0; i < kWidth; ++i)
    lane[i] += lane[i + kWidth];
}

template <std::size_t kWidth>
void fold_compensated(double* lane, double* tail) noexcept {
  fold<kWidth>(tail);
  for (std::size_t i = 0; i < kWidth; ++i)
    add_compensated(lane[i], tail[i], lane[i + kWidth]);
}

CompensatedSum join(const double* values, const double* tails) noexcept {
  double lane[kLanes], tail[kLanes];
  std::copy_n(values, kLanes, lane);
  std::copy_n(tails, kLanes, tail);
  fold_compensated<8>(lane, tail);
  fold_compensated<4>(lane, tail);
  fold_compensated<2>(lane, tail);
  fold_compensated<1>(lane, tail);
  return {lane[0], tail[0]};
}

double join(const double* values) noexcept {
  double lane[kLanes];
  std::copy_n(values, kLanes, lane);
  fold<8>(lane);
  fold<4>(lane);
  fold<2>(lane);
  fold<1>(lane);
  return lane[0];
}

}  // namespace

void add_section(LaneSums& lanes, const double* values, std::size_t groups) noexcept {
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    double sum = 0, absolute = 0;
    for (std::size_t group = 0; group < groups; ++group) {
      const Terms terms = group_terms(values + group * kGroupValues + lane);
      sum += terms.x;
      absolute += terms.magnitude;
      lanes.squares[lane] += terms.square;
      lanes.cubes[lane] += terms.cube;
      lanes.fourths[lane] += terms.fourth;
    }
    add_compensated(lanes.sum[lane], lanes.sum_tail[lane], sum);
    add_compensated(lanes.absolute[lane], lanes.absolute_tail[lane], absolute);
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
  for (std::size_t i = 0; i < values; i += kSectionValues) {
    const std::size_t left = (values - i + kGroupValues - 1) / kGroupValues;
    add_section(lanes, padded + i, left < kSectionGroups ? left : kSectionGroups);
  }
  return join_lanes(lanes);
}

}  // namespace weightsieve::kernel
