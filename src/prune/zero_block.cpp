#include "prune/zero_block.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
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

constexpr double kGreatest = std::numeric_limits<double>::max();

/// A block of values, zeros instead of those that are not finite, and zeros behind to whole lanes.
struct Block {
  std::array<double, kBlockValues> values;
  std::array<double, kBlockValues> squares;
  std::array<std::uint8_t, kBlockValues> zero;
  std::size_t count = 0;
  std::size_t padded = 0;

  /// Gives how many were not finite.
  std::uint64_t load(Dtype dtype, Bytes bytes, std::size_t elements) noexcept {
    count = elements;
    padded = (count + kLanes - 1) / kLanes * kLanes;
    std::fill(squares.begin() + static_cast<std::ptrdiff_t>(count),
              squares.begin() + static_cast<std::ptrdiff_t>(padded), 0.0);
    widen(dtype, bytes, count, values.data());
    std::uint64_t non_finite = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool finite = std::fabs(values[i]) <= kGreatest;
      non_finite += finite ? 0 : 1;
      squares[i] = finite ? values[i] * values[i] : 0.0;
      zero[i] = values[i] == 0 ? 1 : 0;
    }
    return non_finite;
  }

  double energy() const noexcept {
    std::array<double, kLanes> lanes{};
    for (std::size_t i = 0; i < padded; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane)
        lanes[lane] += squares[i + lane];
    }
    return total(lanes);
  }

  double energy_of(Drops drop) const noexcept {
    std::array<double, kLanes> lanes{};
    const std::size_t whole = count / kLanes * kLanes;
    for (std::size_t i = 0; i < whole; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane)
        lanes[lane] += drop[i + lane] != 0 ? squares[i + lane] : 0.0;
    }
    for (std::size_t i = whole; i < count; ++i)
      lanes[i - whole] += drop[i] != 0 ? squares[i] : 0.0;
    return total(lanes);
  }
};

/// At most 2^32 − 1 flags, all 0 or 1.
std::uint32_t count_both(const std::uint8_t* a, const std::uint8_t* b, std::size_t count) noexcept {
  std::uint32_t both = 0;
  for (std::size_t i = 0; i < count; ++i)
    both += a[i] & b[i];
  return both;
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

void count_dropped(Dtype dtype, Bytes bytes, std::span<const Drops> drops, std::span<MaskCounts> counts) {
  const std::size_t element_bytes = dtype_info(dtype).bits / 8;
  const std::size_t elements = bytes.size() / element_bytes;
  CompensatedSum energy;
  std::vector<CompensatedSum> removed(drops.size());
  MaskCounts common;
  common.elements = elements;
  std::vector<std::uint64_t> zeroed(drops.size()), already_zero(drops.size());
  Block block;
  for (std::size_t first = 0; first < elements; first += kBlockValues) {
    const std::size_t count = std::min(kBlockValues, elements - first);
    common.non_finite +=
        block.load(dtype, bytes.subspan(first * element_bytes, count * element_bytes), count);
    common.zeros_before += count_both(block.zero.data(), block.zero.data(), count);
    energy.add(block.energy());
    for (std::size_t i = 0; i < drops.size(); ++i) {
      const Drops here = drops[i].subspan(first, count);
      removed[i].add(block.energy_of(here));
      zeroed[i] += count_both(here.data(), here.data(), count);
      already_zero[i] += count_both(here.data(), block.zero.data(), count);
    }
  }
  common.energy = energy.value();
  for (std::size_t i = 0; i < drops.size(); ++i) {
    counts[i] = common;
    counts[i].zeroed = zeroed[i];
    counts[i].already_zero = already_zero[i];
    counts[i].removed_energy = removed[i].value();
  }
}

void zero_dropped(Dtype dtype, std::span<std::byte> bytes, Drops drop) noexcept {
  with_bits(dtype, [&](auto bits) { zero_all<decltype(bits)>(bytes.data(), drop); });
}

}  // namespace weightsieve::prune
