#include "kernels/chunk_totals.hpp"

namespace weightsieve::kernel {

void MomentTree::add(const CentralMoments& block) noexcept {
  CentralMoments carry = block;
  std::size_t level = 0;
  for (; (blocks_ >> level) & 1U; ++level)
    carry = join(level_[level], carry);
  level_[level] = carry;
  ++blocks_;
}

CentralMoments MomentTree::total() const noexcept {
  CentralMoments sum;
  for (std::size_t level = 0; level < kLevels; ++level) {
    if ((blocks_ >> level) & 1U) sum = join(level_[level], sum);
  }
  return sum;
}

void finish_sums(const CompensatedSum& sum, const CompensatedSum& absolute, const CentralMoments& moments,
                 WideSummary& summary) noexcept {
  const CompensatedSum s = sum.normalized();
  const CompensatedSum a = absolute.normalized();
  summary.sum = s.value;
  summary.sum_tail = s.tail;
  summary.absolute = a.value;
  summary.absolute_tail = a.tail;
  summary.mean = moments.mean.value;
  summary.mean_tail = moments.mean.tail;
  summary.m2 = moments.m2;
  summary.m3 = moments.m3;
  summary.m4 = moments.m4;
}

}  // namespace weightsieve::kernel
