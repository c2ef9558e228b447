// Integers are summed exactly; their moments are those of the exact distances from the block's mean, rounded
// to an integer, in the lanes that floats use.
#include <type_traits>

#include "kernels/chunk_totals.hpp"
#include "kernels/float_environment.hpp"
#include "kernels/interval_limits.hpp"
#include "kernels/load.hpp"
#include "kernels/scalar.hpp"

namespace weightsieve::kernel::scalar {
namespace {

// 2^21 values of 64 bits need 85 bits.
__extension__ using Sum = __int128;

CompensatedSum as_doubles(Sum exact) noexcept {
  const auto value = static_cast<double>(exact);
  return {value, static_cast<double>(exact - static_cast<Sum>(value))};
}

template <typename T>
double distance(T value, T pivot) noexcept {
  using Unsigned = std::make_unsigned_t<T>;
  const auto x = static_cast<Unsigned>(value);
  const auto p = static_cast<Unsigned>(pivot);
  return value < pivot ? -static_cast<double>(static_cast<Unsigned>(p - x))
                       : static_cast<double>(static_cast<Unsigned>(x - p));
}

template <typename T>
struct IntegerTotals {
  WideSummary counts{};
  Sum sum = 0;
  Sum absolute = 0;
  MomentTree moments;
  Extremes<T> extremes;
};

template <typename T>
void count_value(T value, std::uint64_t index, IntegerTotals<T>& totals) noexcept {
  totals.counts.zero += value == 0;
  totals.counts.negative += value < 0;
  totals.counts.positive += value > 0;
  totals.absolute += value < 0 ? -static_cast<Sum>(value) : static_cast<Sum>(value);
  totals.extremes.add(value, index);
}

template <typename T>
void add_block(const std::byte* data, std::size_t values, std::uint64_t first,
               IntegerTotals<T>& totals) noexcept {
  Sum sum = 0;
  for (std::size_t i = 0; i < values; ++i) {
    const T value = load<T>(data, i);
    count_value(value, first + i, totals);
    sum += value;
  }
  totals.sum += sum;

  const auto pivot = static_cast<T>(sum / static_cast<Sum>(values));
  double padded[kBlockValues];
  for (std::size_t i = values; i % kGroupValues != 0; ++i)
    padded[i] = 0;
  for (std::size_t i = 0; i < values; ++i)
    padded[i] = distance(load<T>(data, i), pivot);
  totals.moments.add(
      central_moments(sum_padded(padded, values), static_cast<double>(values), as_doubles(pivot)));
}

template <typename T>
WideSummary finish(const IntegerTotals<T>& totals) noexcept {
  WideSummary summary = totals.counts;
  summary.finite = summary.zero + summary.negative + summary.positive;
  summary.min_bits = static_cast<std::uint64_t>(totals.extremes.min);  // sign-extended
  summary.max_bits = static_cast<std::uint64_t>(totals.extremes.max);
  summary.argmin = totals.extremes.argmin;
  summary.argmax = totals.extremes.argmax;
  finish_sums(as_doubles(totals.sum), as_doubles(totals.absolute), totals.moments.total(), summary);
  return summary;
}

}  // namespace

template <typename T>
void summarize_integers(const std::byte* data, std::size_t values, const IntervalBounds& bounds,
                        std::uint64_t* below, std::uint64_t* above, std::uint32_t*,
                        WideSummary* summary) noexcept {
  const FloatEnvironment environment;
  IntegerTotals<T> totals;
  for (std::size_t first = 0; first < values; first += kBlockValues) {
    const std::size_t block = values - first < kBlockValues ? values - first : kBlockValues;
    add_block<T>(data + first * sizeof(T), block, first, totals);
  }
  count_outside<T>(data, values, bounds, below, above);
  *summary = finish(totals);
}

#define WEIGHTSIEVE_INSTANTIATE(T)                                                                          \
  template void summarize_integers<T>(const std::byte*, std::size_t, const IntervalBounds&, std::uint64_t*, \
                                      std::uint64_t*, std::uint32_t*, WideSummary*) noexcept;
WEIGHTSIEVE_INSTANTIATE(std::int32_t)
WEIGHTSIEVE_INSTANTIATE(std::uint32_t)
WEIGHTSIEVE_INSTANTIATE(std::int64_t)
WEIGHTSIEVE_INSTANTIATE(std::uint64_t)
#undef WEIGHTSIEVE_INSTANTIATE

}  // namespace weightsieve::kernel::scalar
