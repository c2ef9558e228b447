#include "kernels/careful_block.hpp"

#include <cmath>
#include <limits>

#include "kernels/load.hpp"

namespace weightsieve::kernel {
namespace {

template <typename T>
void count_value(T value, WideSummary& counts) noexcept {
  const bool negative = std::signbit(value);
  const T magnitude = std::fabs(value);
  if (std::isnan(value)) {
    ++counts.nan;
    return;
  }
  if (magnitude == 0) {
    ++counts.zero;
    counts.negative_zero += negative;
    return;
  }
  ++(negative ? counts.negative : counts.positive);
  if (std::isinf(value)) {
    ++(negative ? counts.negative_infinity : counts.positive_infinity);
    return;
  }
  counts.subnormal += magnitude < std::numeric_limits<T>::min();
}

}  // namespace

template <typename T>
void add_block_carefully(const std::byte* data, std::size_t values, std::uint64_t first,
                         ChunkTotals<T>& totals) noexcept {
  double padded[kBlockValues];  // zero behind the end, and in place of what is not finite
  bool finite[kBlockValues];
  std::size_t count = 0;
  for (std::size_t i = values; i % kGroupValues != 0; ++i)
    padded[i] = 0;
  for (std::size_t i = 0; i < values; ++i) {
    const T value = load<T>(data, i);
    count_value(value, totals.counts);
    finite[i] = std::isfinite(value);
    padded[i] = finite[i] ? static_cast<double>(value) : 0;
    if (!finite[i]) continue;
    totals.extremes.add(value, first + i);
    ++count;
  }

  const PowerSums sums = sum_padded(padded, values);
  const auto n = static_cast<double>(count);
  if (!is_far_from_zero(sums, n)) return totals.add(sums, central_moments(sums, n, {}));

  const double pivot = nearest_pivot<T>(sums, n);
  for (std::size_t i = 0; i < values; ++i)
    padded[i] = finite[i] ? padded[i] - pivot : 0;
  totals.add(sums, central_moments(sum_padded(padded, values), n, {pivot, 0}));
}

template void add_block_carefully<float>(const std::byte*, std::size_t, std::uint64_t,
                                         ChunkTotals<float>&) noexcept;
template void add_block_carefully<double>(const std::byte*, std::size_t, std::uint64_t,
                                          ChunkTotals<double>&) noexcept;

}  // namespace weightsieve::kernel
