// Which units of a job each of several processes does: runs of units of as equal work as whole units allow.
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weightsieve {

struct UnitRange {
  std::size_t first = 0;
  std::size_t end = 0;
  friend bool operator==(const UnitRange&, const UnitRange&) = default;
};

/// One of `shares` processes that divide work among them.
struct ShareOf {
  unsigned index = 0;
  unsigned shares = 1;
  friend bool operator==(const ShareOf&, const ShareOf&) = default;
};

/// What it takes to read values and count them, in bytes that are only read. Kernels take about as long for a
/// value of any dtype (16 to 33 cycles for 16), so a byte of BF16 takes 1.4 times as long as one of F32 where
/// reading is no limit, and as long where it is one. A byte a value lies between: shares of a checkpoint that
/// is half of either are then off by a twelfth at most, instead of by a sixth.
constexpr std::uint64_t counting_cost(std::uint64_t bytes, std::uint64_t values) noexcept {
  return bytes + values;
}

/// The runs of units, of work `work[i]` each, that fall to each of `shares`. Together they cover every unit
/// once, in order; each differs from an equal part by less than its largest unit. Requires a sum that fits 64
/// bits. Linear in both.
std::vector<UnitRange> share_units(std::span<const std::uint64_t> work, unsigned shares);

}  // namespace weightsieve
