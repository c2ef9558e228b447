// Error-free addition, and sums that carry their rounding error along. Plain values.
//
// Sources: Knuth, TAOCP 2, 4.2.2 (TwoSum); Ogita, Rump, Oishi, "Accurate sum and dot product", 2005 (the tail
// added up apart, as here). Needs round to nearest and no contraction.
#pragma once

namespace weightsieve::kernel {

/// value + tail is the exact sum of what was added, up to the rounding of the (tiny) tail.
struct CompensatedSum {
  double value = 0;
  double tail = 0;

  /// Exact for every `x` unless the sum overflows.
  void add(double x) noexcept {
    const double sum = value + x;
    const double part = sum - value;
    tail += (value - (sum - part)) + (x - part);
    value = sum;
  }

  void add(const CompensatedSum& other) noexcept {
    add(other.value);
    tail += other.tail;
  }

  /// The same number with |tail| at most half a unit in the last place of value.
  CompensatedSum normalized() const noexcept {
    CompensatedSum sum{value, 0};
    sum.add(tail);
    return sum;
  }
};

}  // namespace weightsieve::kernel
