#include <bit>
#include <type_traits>

#include "kernels/careful_block.hpp"
#include "kernels/float_environment.hpp"
#include "kernels/interval_limits.hpp"
#include "kernels/load.hpp"
#include "kernels/scalar.hpp"

namespace weightsieve::kernel::scalar {

template <typename T>
void count_top16(const std::byte* data, std::size_t values, std::uint32_t* counts) noexcept {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  for (std::size_t i = 0; i < values; ++i) {
    const std::size_t top = load<Bits>(data, i) >> (8 * sizeof(T) - 16);
    ++counts[top];
  }
}

template void count_top16<float>(const std::byte*, std::size_t, std::uint32_t*) noexcept;
template void count_top16<double>(const std::byte*, std::size_t, std::uint32_t*) noexcept;

template <typename T>
void summarize_floats(const std::byte* data, std::size_t values, const IntervalBounds& bounds,
                      std::uint64_t* below, std::uint64_t* above, std::uint32_t* top16,
                      WideSummary* summary) noexcept {
  const FloatEnvironment environment;
  ChunkTotals<T> totals;
  for (std::size_t first = 0; first < values; first += kBlockValues) {
    const std::size_t block = values - first < kBlockValues ? values - first : kBlockValues;
    add_block_carefully(data + first * sizeof(T), block, first, totals);
  }
  count_outside<T>(data, values, bounds, below, above);
  if (top16) count_top16<T>(data, values, top16);
  *summary = finish(totals);
}

template void summarize_floats<float>(const std::byte*, std::size_t, const IntervalBounds&, std::uint64_t*,
                                      std::uint64_t*, std::uint32_t*, WideSummary*) noexcept;
template void summarize_floats<double>(const std::byte*, std::size_t, const IntervalBounds&, std::uint64_t*,
                                       std::uint64_t*, std::uint32_t*, WideSummary*) noexcept;

}  // namespace weightsieve::kernel::scalar
