#include "prune/zero_block.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "prune/magnitude.hpp"
#include "prune/widen.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::prune {
namespace {

constexpr std::size_t kLanes = 16;

/// Neumaier's sum: the rounding errors of additions are carried beside it.
class CompensatedSum {
 public:
  void add(double x) noexcept {
    const double sum = sum_ + x;
    tail_ += std::fabs(sum_) >= std::fabs(x) ? (sum_ - sum) + x : (x - sum) + sum_;
    sum_ = sum;
  }
  double value() const noexcept { return std::isfinite(tail_) ? sum_ + tail_ : sum_; }

 private:
  double sum_ = 0;
  double tail_ = 0;
};

double total(const std::array<double, kLanes>& lanes) noexcept {
  double sum = 0;
  for (const double lane : lanes)
    sum += lane;
  return sum;
}

/// `values` padded with zeros to whole lanes; `drop` with anything.
struct BlockSums {
  double energy = 0;
  double removed = 0;
  std::uint64_t zeros = 0;
  std::uint64_t already_zero = 0;
  std::uint64_t finite = 0;
};

BlockSums sum_block(const double* values, const std::uint8_t* drop, std::size_t count) noexcept {
  std::array<double, kLanes> energy{};
  std::array<double, kLanes> removed{};
  BlockSums sums;
  for (std::size_t i = 0; i < count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double x = values[i + lane];
      const bool finite = std::fabs(x) <= std::numeric_limits<double>::max();
      const double square = finite ? x * x : 0.0;
      energy[lane] += square;
      removed[lane] += drop[i + lane] != 0 ? square : 0.0;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t zero = values[i] == 0 ? 1 : 0;
    sums.zeros += zero;
    sums.already_zero += zero & drop[i];
    sums.finite += std::fabs(values[i]) <= std::numeric_limits<double>::max() ? 1 : 0;
  }
  sums.energy = total(energy);
  sums.removed = total(removed);
  return sums;
}

template <class Bits>
void zero_all(std::byte* elements, std::span<const std::uint8_t> drop) noexcept {
  for (std::size_t i = 0; i < drop.size(); ++i) {
    std::byte* const at = elements + i * sizeof(Bits);
    const Bits kept = static_cast<Bits>(load<Bits>(at) & static_cast<Bits>(Bits(drop[i]) - 1));
    std::memcpy(at, &kept, sizeof(Bits));
  }
}

}  // namespace

MaskCounts count_dropped(Dtype dtype, Bytes bytes, std::span<const std::uint8_t> drop) noexcept {
  const std::size_t element_bytes = dtype_info(dtype).bits / 8;
  MaskCounts counts;
  CompensatedSum energy, removed;
  std::array<double, kBlockValues> values;
  std::array<std::uint8_t, kBlockValues> flags;
  for (std::size_t first = 0; first < drop.size(); first += kBlockValues) {
    const std::size_t count = std::min(kBlockValues, drop.size() - first);
    widen(dtype, bytes.subspan(first * element_bytes, count * element_bytes), count, values.data());
    std::copy_n(drop.begin() + static_cast<std::ptrdiff_t>(first), count, flags.begin());
    const std::size_t padded = (count + kLanes - 1) / kLanes * kLanes;
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(count),
              values.begin() + static_cast<std::ptrdiff_t>(padded), 0.0);
    std::fill(flags.begin() + static_cast<std::ptrdiff_t>(count),
              flags.begin() + static_cast<std::ptrdiff_t>(padded), std::uint8_t{0});
    const BlockSums sums = sum_block(values.data(), flags.data(), padded);
    energy.add(sums.energy);
    removed.add(sums.removed);
    counts.zeros_before += sums.zeros - (padded - count);
    counts.already_zero += sums.already_zero;
    counts.non_finite += padded - sums.finite;
  }
  for (const std::uint8_t flag : drop)
    counts.zeroed += flag;
  counts.elements = drop.size();
  counts.energy = energy.value();
  counts.removed_energy = removed.value();
  return counts;
}

void zero_dropped(Dtype dtype, std::span<std::byte> bytes, std::span<const std::uint8_t> drop) noexcept {
  with_bits(dtype, [&](auto bits) { zero_all<decltype(bits)>(bytes.data(), drop); });
}

}  // namespace weightsieve::prune
