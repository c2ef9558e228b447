// The additions of compare_block.hpp over whole groups, a register of lanes at a time: with all 16 lanes at
// once the sums would need more registers than there are.
#pragma once

#include "kernels/compare_block.hpp"

namespace weightsieve::kernel {
namespace {

/// What pairs contribute, in the lanes of one register.
struct PairTerms {
  Doubles differences, first, second, products;

  [[gnu::always_inline]] friend PairTerms operator+(const PairTerms& a, const PairTerms& b) noexcept {
    return {a.differences + b.differences, a.first + b.first, a.second + b.second, a.products + b.products};
  }
};

/// The sums of the lanes of one register.
struct PairRegisters {
  PairTerms sums;
  Doubles greatest;
  Tally<double> equal;

  PairRegisters(const PairLanes& lanes, std::size_t lane) noexcept
      : sums{load_doubles(lanes.differences + lane), load_doubles(lanes.first + lane),
             load_doubles(lanes.second + lane), load_doubles(lanes.products + lane)},
        greatest(load_doubles(lanes.greatest + lane)) {}

  [[gnu::always_inline]] PairTerms row(const Doubles& x, const Doubles& y) noexcept {
    const Doubles difference = x - y;
    greatest = xsimd::max(greatest, xsimd::abs(difference));
    equal.add(x == y);
    return {difference * difference, x * x, y * y, x * y};
  }

  template <typename T>
  [[gnu::always_inline]] void add_group(const T* a, const T* b) noexcept {
    const auto terms = [&](std::size_t i) {
      return row(load_doubles(a + i * kLanes), load_doubles(b + i * kLanes));
    };
    const PairTerms upper = (terms(0) + terms(1)) + (terms(2) + terms(3));
    sums = sums + (upper + ((terms(4) + terms(5)) + (terms(6) + terms(7))));
  }

  void store(PairLanes& lanes, std::size_t lane) const noexcept {
    sums.differences.store_unaligned(lanes.differences + lane);
    sums.first.store_unaligned(lanes.first + lane);
    sums.second.store_unaligned(lanes.second + lane);
    sums.products.store_unaligned(lanes.products + lane);
    greatest.store_unaligned(lanes.greatest + lane);
    lanes.equal += equal.count();
  }
};

/// Brings the next block closer while this one is compared; the first register of lanes asks for all.
template <typename T>
[[gnu::always_inline]] inline void prefetch_pairs(const T* a, const T* b) noexcept {
  for (std::size_t i = 0; i < kGroupValues; i += 64 / sizeof(T)) {
    __builtin_prefetch(a + kBlockValues + i, 0, 2);
    __builtin_prefetch(b + kBlockValues + i, 0, 2);
  }
}

template <typename T>
void compare_groups(const std::byte* bytes_a, const std::byte* bytes_b, std::size_t groups,
                    PairLanes* lanes) noexcept {
  const T* a = reinterpret_cast<const T*>(bytes_a);
  const T* b = reinterpret_cast<const T*>(bytes_b);
  for (std::size_t lane = 0; lane < kLanes; lane += Doubles::size) {
    PairRegisters registers(*lanes, lane);
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t at = group * kGroupValues;
      if (lane == 0) prefetch_pairs(a + at, b + at);
      registers.add_group(a + at + lane, b + at + lane);
    }
    registers.store(*lanes, lane);
  }
}

template <typename T>
bool compare(const std::byte* a, const std::byte* b, std::size_t values, PairSums* sums) noexcept {
  return compare_block<T>(compare_groups<T>, a, b, values, sums);
}

}  // namespace
}  // namespace weightsieve::kernel
