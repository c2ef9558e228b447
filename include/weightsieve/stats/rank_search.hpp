// Finds order statistics of any number of values exactly, by counting them over and over into narrower bins.
//
// Values are seen as 64-bit keys that ascend with them; a pass counts 65,536 bins for each range known to
// hold an asked rank, and nothing else: how many values lie below a range is known. One pass settles 16 bits
// (radix select). Between begin_pass() and end_pass() any number of threads may count.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace weightsieve {

/// Ascends with the value; −0 and +0 share a key. Requires a number that is not NaN.
std::uint64_t order_key(double value) noexcept;

/// An asked rank (from 0), a closed range of values known to hold it, and how many values are less than that.
struct RankTarget {
  std::uint64_t rank = 0;
  double low = 0;
  double high = 0;
  std::uint64_t below = 0;
};

class RankSearch {
 public:
  /// `granularity`: all keys that can occur differ in bits from this one upward, so a bin of that width is
  /// one value (29 for numbers that fit F32, 20 for 32-bit integers, 0 for any double). Of targets that
  /// overlap, `below` must be that of the lowest.
  RankSearch(std::span<const RankTarget> targets, unsigned granularity);

  bool done() const noexcept { return open_.empty(); }

  /// Whether a value of [low, high] could be one that is still looked for.
  bool asks_for(double low, double high) const noexcept;

  /// Makes room: 512 KiB for each range.
  void begin_pass();
  /// Counts `times` occurrences of a finite value. Any thread.
  void count(double value, std::uint64_t times = 1) noexcept;
  /// Narrows every range to the bins that hold its ranks; frees the room.
  void end_pass();

  /// The order statistic of an asked rank. Requires done().
  double value(std::uint64_t rank) const { return found_.at(rank); }

 private:
  struct Open {
    std::uint64_t rank, below, low, high;  ///< low and high are keys
  };
  struct Range {
    std::uint64_t below, low, high;
    unsigned shift;
  };

  Range range_of(const Open& open) const noexcept;
  void narrow(std::span<const Open> open, const Range& range, std::span<const std::uint64_t> bins);
  void settle(const Open& open, const Range& range, std::uint64_t bin, std::uint64_t below);

  unsigned granularity_;
  std::vector<Open> open_;  ///< ascending by rank, and so by range
  std::map<std::uint64_t, double> found_;
  std::vector<Range> ranges_;        ///< disjoint, ascending
  std::vector<std::uint64_t> bins_;  ///< of all ranges in one piece, which the kernel maps in large pages
};

}  // namespace weightsieve
