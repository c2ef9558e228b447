#include "kernels/lane_sums.hpp"

#include <algorithm>
#include <cmath>

namespace weightsieve::kernel {
namespace {

// ((r0+r1)+(r2+r3))+((r4+r5)+(r6+r7)) of what `term` makes of one lane's rows.
template <typename Term>
double pairwise(const double* r, Term term) noexcept {
  constexpr std::size_t n = kLanes;
  return ((term(r[0]) + term(r[n])) + (term(r[2 * n]) + term(r[3 * n]))) +
         ((term(r[4 * n]) + term(r[5 * n])) + (term(r[6 * n]) + term(r[7 * n])));
}

// A group of one lane. Without the instruction, fma() is a function that computes with integers.
void add_powers(LaneSums& lanes, std::size_t lane, const double* rows) noexcept {
  double squares = 0, cubes = 0, fourths = 0;
  for (std::size_t row = 0; row < kGroupRows; ++row) {
    const double x = rows[row * kLanes];
    const double square = x * x;
    squares = row == 0 ? square : std::fma(x, x, squares);
    cubes = row == 0 ? square * x : std::fma(square, x, cubes);
    fourths = row == 0 ? square * square : std::fma(square, square, fourths);
  }
  lanes.squares[lane] += squares;
  lanes.cubes[lane] += cubes;
  lanes.fourths[lane] += fourths;
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

// Lanes are the inner loop, of which compilers make vector code.
void add_section(LaneSums& lanes, const double* values, std::size_t groups) noexcept {
  double sum[kLanes] = {}, absolute[kLanes] = {};
  for (std::size_t group = 0; group < groups; ++group, values += kGroupValues) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double* rows = values + lane;
      sum[lane] += pairwise(rows, [](double x) { return x; });
      absolute[lane] += pairwise(rows, [](double x) { return std::fabs(x); });
      add_powers(lanes, lane, rows);
    }
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    add_compensated(lanes.sum[lane], lanes.sum_tail[lane], sum[lane]);
    add_compensated(lanes.absolute[lane], lanes.absolute_tail[lane], absolute[lane]);
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
