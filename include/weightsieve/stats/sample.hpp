// Which values of a tensor make its sample: a reservoir of N slots that needs no pass of its own.
//
// A reservoir (Vitter, "Random sampling with a reservoir", 1985) keeps N of n values, each equally likely,
// when n is not known beforehand. Here n is known from the index, so the line of n values is cut into N
// strata of the same real length and slot i keeps the value under one uniformly drawn point of stratum i.
// Where that point lies is a hash of (seed, stream, i): any thread or rank fills its part of the sample
// alone, and the sample is the same. Every value is expected N/n times (one that a cut goes through may be
// kept twice); slots are independent, so tail bounds for sums of independent trials hold, with less variance
// than Algorithm L, at 2 ns a slot instead of two logarithms. Pure functions of its arguments; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace weightsieve {

class SamplePlan {
 public:
  /// `size` slots over `population` values, fewer than 2^63; all of them, in order, when there are not more
  /// than that.
  SamplePlan(std::uint64_t seed, std::uint64_t stream, std::uint64_t population, std::uint64_t size) noexcept;

  std::uint64_t size() const noexcept { return size_; }

  /// Position of the value that slot `slot` keeps; never descends with the slot.
  std::uint64_t position(std::uint64_t slot) const noexcept;

  /// The same for as many slots as `positions` has room for, from `first_slot` on: 2 ns a slot
  /// where their number is a power of two, else 3.
  void positions(std::uint64_t first_slot, std::span<std::uint64_t> positions) const noexcept;

  /// First slot that may keep a value at `position` or later.
  std::uint64_t slot_at(std::uint64_t position) const noexcept;

 private:
  static constexpr unsigned kNoShift = 64;

  void positions_of_any(std::uint64_t first_slot, std::span<std::uint64_t> positions) const noexcept;
  std::uint64_t offset_in(std::uint64_t slot) const noexcept;

  std::uint64_t key_;
  std::uint64_t population_;
  std::uint64_t size_;
  unsigned shift_ = kNoShift;  ///< size_ = 2^shift_, and size_ × population_ fits 64 bits
};

/// A stream of its own for each name: the same tensor is sampled the same way whatever stands beside it.
std::uint64_t sample_stream(std::string_view name) noexcept;

}  // namespace weightsieve
