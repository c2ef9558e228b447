// Power sums of one block in 16 virtual lanes: the order of additions that every instruction set keeps.
//
// Value i of a block belongs to lane i mod 16 and row i / 16. Eight rows are a group: for Σx and Σ|x| its
// values are added pairwise within their lane, ((r0+r1)+(r2+r3))+((r4+r5)+(r6+r7)); the powers one after the
// other, each by one multiplication that adds and rounds once: x·x, x²·x and x²·x², where x² is rounded. Four
// groups are a section: for Σx and Σ|x| its group sums are added one after the other, and the result to the
// lane with its rounding error kept; for the powers each group sum is added to the lane plainly. The last
// section is filled up with zeros, and zero stands for every value that is not finite. At the end, lane i
// takes lane i + 8, then i + 4, i + 2, i + 1. Nothing but these powers is contracted.
//
// Error of Σx (and Σ|x|), u = 2^-53: a section's sum goes through 3 + 3 additions that round, so it is off by
// at most (1+u)^6 − 1 < 6.0001 u of its Σ|x|. Everything after it is error-free but for the additions of
// tails: at most 8 + 4 + 512 of them on the way of a value through a chunk, each of a tail of at most
// 524 u Σ|x|, so they cost at most 524² u² Σ|x| < 4e-27 Σ|x|. Together less than 6.7e-16 Σ|x|, for every
// input that does not overflow, and 7.8e-16 when the sum is rounded to one double. Error of the powers: at
// most 7 + 31 + 4 roundings of sums, 42 u = 4.7e-15 of Σ|x|^p, and those of x^p.
#pragma once

#include <cstddef>

#include "kernels/two_sum.hpp"

namespace weightsieve::kernel {

inline constexpr std::size_t kLanes = 16;
inline constexpr std::size_t kGroupRows = 8;
inline constexpr std::size_t kGroupValues = kLanes * kGroupRows;
inline constexpr std::size_t kSectionGroups = 4;
inline constexpr std::size_t kSectionValues = kGroupValues * kSectionGroups;

struct LaneSums {
  alignas(64) double sum[kLanes];
  double sum_tail[kLanes];
  double absolute[kLanes];
  double absolute_tail[kLanes];
  double squares[kLanes];
  double cubes[kLanes];
  double fourths[kLanes];
};

/// Σx, Σ|x|, Σx², Σx³, Σx⁴ over one block.
struct PowerSums {
  CompensatedSum sum;
  CompensatedSum absolute;
  double squares = 0;
  double cubes = 0;
  double fourths = 0;
};

/// Adds one section of `groups` ≤ kSectionGroups groups, given as its values in order; groups left out at its
/// end would be zeros, which change nothing.
void add_section(LaneSums& lanes, const double* values, std::size_t groups) noexcept;

/// Joins the 16 lanes.
PowerSums join_lanes(const LaneSums& lanes) noexcept;

/// The sums of `values` doubles, behind which the last group is filled up with zeros.
PowerSums sum_padded(const double* padded, std::size_t values) noexcept;

}  // namespace weightsieve::kernel
