// Neumaier's sum: the rounding errors of additions are carried beside it ("Rundungsfehleranalyse einiger
// Verfahren zur Summation endlicher Summen", 1974). A plain value.
#pragma once

#include <cmath>

namespace weightsieve::prune {

class CompensatedSum {
 public:
  void add(double x) noexcept {
    const double sum = sum_ + x;
    tail_ += std::fabs(sum_) >= std::fabs(x) ? (sum_ - sum) + x : (x - sum) + sum_;
    sum_ = sum;
  }
  double value() const noexcept { return std::isfinite(sum_) ? sum_ + tail_ : sum_; }

 private:
  double sum_ = 0;
  double tail_ = 0;
};

}  // namespace weightsieve::prune
