#include "prune/zero_block.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
#include <vector>

#include "prune/compensated_sum.hpp"
#include "prune/magnitude.hpp"
#include "prune/widen.hpp"
#include "weightsieve/kernels/kernels.hpp"

namespace weightsieve::prune {
namespace {

constexpr std::size_t kLanes = 16;

double total(const std::array<double, kLanes>& lanes) noexcept {
  double sum = 0;
  for (const double lane : lanes)
    sum += lane;
  return sum;
}

/// Sums of squares of a block of values, of all and of those that go.
class BlockSquares {
 public:
  BlockSquares(Dtype dtype, Bytes bytes, std::size_t count) noexcept : count_(count) {
    widen(dtype, bytes, count, squares_.data());
    for (std::size_t i = 0; i < count; ++i)
      squares_[i] *= squares_[i];
    std::fill(squares_.begin() + static_cast<std::ptrdiff_t>(count), squares_.end(), 0.0);
    sum_ = sum([this](std::size_t i) { return squares_[i]; });
    if (!std::isfinite(sum_)) leave_out_non_finite(dtype, bytes);
  }

  double of_all() const noexcept { return sum_; }

  double of(Drops drop) const noexcept {
    if (!std::isfinite(sum_)) return sum_of_some(drop);
    std::array<double, kBlockValues> chosen{};
    for (std::size_t i = 0; i < count_; ++i)
      chosen[i] = squares_[i] * drop[i];
    return sum([&chosen](std::size_t i) { return chosen[i]; });
  }

 private:
  template <class At>
  static double sum(At at) noexcept {
    std::array<double, kLanes> lanes{};
    for (std::size_t i = 0; i < kBlockValues; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane)
        lanes[lane] += at(i + lane);
    }
    return total(lanes);
  }

  /// Squares of finite values may be too large for a double: those stay infinite.
  void leave_out_non_finite(Dtype dtype, Bytes bytes) noexcept {
    std::array<double, kBlockValues> values;
    widen(dtype, bytes, count_, values.data());
    for (std::size_t i = 0; i < count_; ++i)
      squares_[i] = std::isfinite(values[i]) ? squares_[i] : 0.0;
    sum_ = sum([this](std::size_t i) { return squares_[i]; });
  }

  double sum_of_some(Drops drop) const noexcept {
    return sum([&](std::size_t i) { return i < count_ && drop[i] != 0 ? squares_[i] : 0.0; });
  }

  std::size_t count_;
  double sum_ = 0;
  std::array<double, kBlockValues> squares_;
};

/// Counts of a block, by the elements' own bits.
struct BlockCounts {
  std::uint64_t zeros = 0;
  std::uint64_t non_finite = 0;
  std::uint64_t zeroed = 0;
  std::uint64_t already_zero = 0;
};

/// At most kBlockValues elements, which 16-bit counters bear.
template <class Bits>
BlockCounts count_block(Dtype dtype, const std::byte* elements, Drops drop) noexcept {
  using Count = std::conditional_t<sizeof(Bits) == 1, std::uint16_t, Bits>;
  const auto infinity = static_cast<Bits>(finite_magnitudes(dtype));
  const int nan = odd_nan(dtype);
  Count zeros = 0, non_finite = 0, zeroed = 0, already_zero = 0;
  for (std::size_t i = 0; i < drop.size(); ++i) {
    const Bits bits = load<Bits>(elements + i * sizeof(Bits));
    Bits magnitude = magnitude_of(bits);
    if constexpr (sizeof(Bits) == 1) magnitude = bits == nan ? infinity : magnitude;
    const Count zero = magnitude == 0 ? 1 : 0;
    const Count goes = drop[i];
    zeros = static_cast<Count>(zeros + zero);
    non_finite = static_cast<Count>(non_finite + (magnitude >= infinity ? 1 : 0));
    zeroed = static_cast<Count>(zeroed + goes);
    already_zero = static_cast<Count>(already_zero + (zero & goes));
  }
  return {zeros, non_finite, zeroed, already_zero};
}

template <class Bits>
void zero_all(std::byte* elements, Drops drop) noexcept {
  for (std::size_t i = 0; i < drop.size(); ++i) {
    std::byte* const at = elements + i * sizeof(Bits);
    const Bits kept = static_cast<Bits>(load<Bits>(at) & static_cast<Bits>(Bits(drop[i]) - 1));
    std::memcpy(at, &kept, sizeof(Bits));
  }
}

}  // namespace

MaskCounts count_dropped(Dtype dtype, Bytes bytes, Drops drop) noexcept {
  const std::size_t element_bytes = dtype_info(dtype).bits / 8;
  MaskCounts counts;
  counts.elements = drop.size();
  with_bits(dtype, [&](auto bits) {
    for (std::size_t first = 0; first < drop.size(); first += kBlockValues) {
      const Drops here = drop.subspan(first, std::min(kBlockValues, drop.size() - first));
      const BlockCounts block =
          count_block<decltype(bits)>(dtype, bytes.data() + first * element_bytes, here);
      counts.zeros_before += block.zeros;
      counts.non_finite += block.non_finite;
      counts.zeroed += block.zeroed;
      counts.already_zero += block.already_zero;
    }
  });
  return counts;
}

void sum_dropped(Dtype dtype, Bytes bytes, std::span<const Drops> drops, std::span<MaskCounts> counts) {
  const std::size_t element_bytes = dtype_info(dtype).bits / 8;
  const std::size_t elements = bytes.size() / element_bytes;
  CompensatedSum energy;
  std::vector<CompensatedSum> removed(drops.size());
  for (std::size_t first = 0; first < elements; first += kBlockValues) {
    const std::size_t count = std::min(kBlockValues, elements - first);
    const BlockSquares squares(dtype, bytes.subspan(first * element_bytes, count * element_bytes), count);
    energy.add(squares.of_all());
    for (std::size_t i = 0; i < drops.size(); ++i)
      removed[i].add(squares.of(drops[i].subspan(first, count)));
  }
  for (std::size_t i = 0; i < drops.size(); ++i) {
    counts[i].energy = energy.value();
    counts[i].removed_energy = removed[i].value();
  }
}

void zero_dropped(Dtype dtype, std::span<std::byte> bytes, Drops drop) noexcept {
  with_bits(dtype, [&](auto bits) { zero_all<decltype(bits)>(bytes.data(), drop); });
}

}  // namespace weightsieve::prune
