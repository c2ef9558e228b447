// Count, mean and Σ(x − mean)^p for p = 2, 3, 4 of a set of values, and how two sets join. Plain values.
//
// The mean is carried as an unevaluated sum of two doubles: values that differ by a few units in their last
// place have a standard deviation below the rounding error of one double mean.
// Sources: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
// 1979; Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order
// statistical moments", Sandia report SAND2008-6212, 2008.
#pragma once

#include "kernels/lane_sums.hpp"

namespace weightsieve::kernel {

struct CentralMoments {
  double count = 0;
  CompensatedSum mean;
  double m2 = 0;
  double m3 = 0;
  double m4 = 0;
};

/// Whether power sums around zero are too far from the mean for central_moments(): |mean| > std. Up to there
/// the subtraction at most doubles the relative error of Σx².
bool is_far_from_zero(const PowerSums& sums, double count) noexcept;

/// The T nearest to the mean: what values are shifted by then. Distances from it are exact or far larger than
/// its rounding.
template <typename T>
double nearest_pivot(const PowerSums& sums, double count) noexcept {
  return static_cast<double>(static_cast<T>(sums.sum.value / count));
}

/// From the power sums of x − pivot; `pivot` as a sum of two doubles.
CentralMoments central_moments(const PowerSums& shifted, double count, CompensatedSum pivot) noexcept;

/// Of the union of two disjoint sets.
CentralMoments join(const CentralMoments& a, const CentralMoments& b) noexcept;

}  // namespace weightsieve::kernel
