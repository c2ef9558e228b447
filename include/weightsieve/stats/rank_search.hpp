// Finds order statistics of any number of values exactly, by counting them over and over into narrower bins.
//
// Values are seen as 64-bit keys that ascend with them; a pass counts, for each range known to hold an asked
// rank, 65,536 bins, and what lies between the ranges. One pass settles 16 bits (radix select). Between
// begin_pass() and end_pass() any number of threads may count, each through a RankTally of its own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace weightsieve {

/// Ascends with the value; −0 and +0 share a key. Requires a number that is not NaN.
std::uint64_t order_key(double value) noexcept;

/// An asked rank (from 0) and a closed range of values known to hold it.
struct RankTarget {
  std::uint64_t rank = 0;
  double low = 0;
  double high = 0;
};

class RankSearch {
 public:
  /// `granularity`: all keys that can occur differ in bits from this one upward, so a bin of that width is
  /// one value (29 for numbers that fit F32, 20 for 32-bit integers, 0 for any double).
  RankSearch(std::span<const RankTarget> targets, unsigned granularity);

  bool done() const noexcept { return open_.empty(); }

  /// Makes room: 512 KiB for each range.
  void begin_pass();
  /// Narrows every range to the bin that holds its rank; frees the room.
  void end_pass();

  /// The order statistic of an asked rank. Requires done().
  double value(std::uint64_t rank) const { return found_.at(rank); }

 private:
  friend class RankTally;

  struct Open {
    std::uint64_t rank, low, high;  ///< low and high are keys
  };
  struct Range {
    std::uint64_t low, high;
    unsigned shift;
    std::unique_ptr<std::uint64_t[]> bins;
  };

  Range make_range(std::uint64_t low, std::uint64_t high) const;
  void settle(const Open& open, const Range& range, std::uint64_t below, std::vector<Open>& still_open);

  unsigned granularity_;
  std::vector<Open> open_;  ///< ascending by rank
  std::map<std::uint64_t, double> found_;
  std::vector<Range> ranges_;           ///< disjoint, ascending
  std::vector<std::uint64_t> between_;  ///< values below range 0, between 0 and 1, … above the last
  std::vector<std::uint16_t>
      first_;  ///< by upper 16 bits of a key: the first range that does not end before it
};

/// One thread's counting within a pass. Destroying it hands over what it counted.
class RankTally {
 public:
  explicit RankTally(RankSearch& search) : search_(&search), between_(search.between_.size()) {}
  ~RankTally();
  RankTally(const RankTally&) = delete;
  RankTally& operator=(const RankTally&) = delete;

  /// Counts `times` occurrences of a finite value.
  void count(double value, std::uint64_t times = 1) noexcept;

 private:
  RankSearch* search_;
  std::vector<std::uint64_t> between_;
};

}  // namespace weightsieve
