// Which units of a job each of several processes does: runs of units of as equal work as whole units allow.
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

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

/// The run of units, of work `work[i]` each, that falls to share.index < share.shares. Together the shares
/// cover every unit once, in order; each differs from an equal part by less than its largest unit. Requires a
/// sum that fits 64 bits. Linear.
UnitRange units_of_share(std::span<const std::uint64_t> work, const ShareOf& share);

}  // namespace weightsieve
