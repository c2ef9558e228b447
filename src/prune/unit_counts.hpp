// What the units of the passes of find_cuts() yield, joined by addition or one behind the other, and as bytes
// for other ranks. Plain values.
#pragma once

#include <iterator>
#include <map>
#include <vector>

#include "prune/key_search.hpp"
#include "prune/magnitude_counts.hpp"
#include "weightsieve/base/wire.hpp"

namespace weightsieve::prune {

/// Magnitudes of a unit or a group, by dtype.
struct GroupCounts {
  static constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 10;

  std::map<Dtype, MagnitudeCounts> by_dtype;

  MagnitudeCounts& of(Dtype dtype) { return by_dtype.try_emplace(dtype, dtype).first->second; }

  bool join(const GroupCounts& later);
  void write(WireWriter& out) const;
  static GroupCounts read(WireReader& in);
};

/// Keys counted in the ranges of a pass: as KeySearch::end_pass() takes them.
struct UnitBins {
  static constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 10;

  std::vector<std::uint32_t> bins;

  /// False where a sum does not fit.
  bool join(const UnitBins& later);
  void write(WireWriter& out) const;
  static UnitBins read(WireReader& in);
};

/// How many ties a chunk holds, by level.
struct ChunkTies {
  std::size_t piece = 0;
  std::uint64_t first = 0;
  std::uint64_t elements = 0;
  std::vector<std::uint64_t> counts;
};

/// Those of a unit, or of several of one group.
struct UnitTies {
  static constexpr std::uint64_t kMostBytes = 1024;

  std::vector<ChunkTies> chunks;

  bool join(UnitTies& later);
  void write(WireWriter& out) const;
  static UnitTies read(WireReader& in);
};

}  // namespace weightsieve::prune
