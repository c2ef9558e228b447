// How often each of 65,536 bins was met.
//
// While few were met they are listed, two bytes each, and only then counted, in 512 KiB: most ranges of a
// rank search hold a few thousand values, and to clear, fill and walk a table for each of them took longer
// than reading the tensor (a model of 103 tensors, 91 MB, `exact`: 146 ms with tables, 91 with lists).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "weightsieve/base/wire.hpp"

namespace weightsieve {

/// At most 512 KiB. One thread at a time.
class BinCounts {
 public:
  static constexpr std::size_t kBins = 65'536;

  /// Each of bin ^ flip was met once more.
  void add(std::span<const std::uint16_t> bins, std::uint16_t flip = 0);
  void add(std::uint16_t bin, std::uint64_t times);

  void write(WireWriter& out) const;
  /// Adds what write() wrote. Throws Error{malformed}.
  void add(WireReader& in);

  /// A bin, and how often those before it were met.
  struct Place {
    std::uint64_t bin = 0;
    std::uint64_t below = 0;
  };
  /// The bins of the values with these ranks (from 0, ascending). Requires ranks less than what was met.
  std::vector<Place> places(std::span<const std::uint64_t> ranks) const;

 private:
  std::vector<Place> places_of_listed(std::span<const std::uint64_t> ranks) const;
  void count_listed();

  std::vector<std::uint16_t> listed_;   ///< empty as soon as they are counted
  std::vector<std::uint64_t> counted_;  ///< by bin
};

}  // namespace weightsieve
