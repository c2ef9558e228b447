#include "kernels/compare_block.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/float_environment.hpp"

namespace weightsieve::kernel {
namespace {

// The pairs that do not fill a group, with zeros behind them.
template <typename T>
struct LastGroup {
  T a[kGroupValues] = {}, b[kGroupValues] = {};

  LastGroup(const std::byte* from_a, const std::byte* from_b, std::size_t values) noexcept {
    std::memcpy(a, from_a, values * sizeof(T));
    std::memcpy(b, from_b, values * sizeof(T));
  }
  const std::byte* bytes_a() const noexcept { return reinterpret_cast<const std::byte*>(a); }
  const std::byte* bytes_b() const noexcept { return reinterpret_cast<const std::byte*>(b); }
};

template <typename Join>
double join(const double* lanes, Join both) noexcept {
  double lane[kLanes];
  std::copy_n(lanes, kLanes, lane);
  for (std::size_t width = kLanes / 2; width > 0; width /= 2) {
    for (std::size_t i = 0; i < width; ++i)
      lane[i] = both(lane[i], lane[i + width]);
  }
  return lane[0];
}

double sum(const double* lanes) noexcept {
  return join(lanes, [](double x, double y) { return x + y; });
}

double greatest(const double* lanes) noexcept {
  return join(lanes, [](double x, double y) { return x < y ? y : x; });
}

}  // namespace

template <typename T>
bool compare_block(PairLoop loop, const std::byte* a, const std::byte* b, std::size_t values,
                   PairSums* sums) noexcept {
  const FloatEnvironment environment;
  PairLanes lanes{};
  const std::size_t whole = values / kGroupValues * kGroupValues;
  loop(a, b, whole / kGroupValues, &lanes);
  if (whole < values) {
    const LastGroup<T> last(a + whole * sizeof(T), b + whole * sizeof(T), values - whole);
    loop(last.bytes_a(), last.bytes_b(), 1, &lanes);
    lanes.equal -= kGroupValues - (values - whole);
  }
  const PairSums found{.equal = lanes.equal,
                       .greatest = greatest(lanes.greatest),
                       .differences = sum(lanes.differences),
                       .first = sum(lanes.first),
                       .second = sum(lanes.second),
                       .products = sum(lanes.products)};
  if (!std::isfinite(found.first + found.second) || !std::isfinite(found.differences)) return false;
  *sums = found;
  return true;
}

template bool compare_block<float>(PairLoop, const std::byte*, const std::byte*, std::size_t,
                                   PairSums*) noexcept;
template bool compare_block<double>(PairLoop, const std::byte*, const std::byte*, std::size_t,
                                    PairSums*) noexcept;

}  // namespace weightsieve::kernel
