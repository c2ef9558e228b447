// Finds order statistics of any number of values exactly, by counting them over and over into narrower bins.
//
// Values are seen as 64-bit keys that ascend with them; a pass counts 65,536 bins for each range known to
// hold an asked rank, and nothing else: how many values lie below a range is known. One pass settles 16 bits
// (radix select). Between begin_pass() and end_pass() any number of threads may count, each through a
// RankTally of its own.
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "weightsieve/base/wire.hpp"
#include "weightsieve/stats/bin_counts.hpp"

namespace weightsieve {

/// Ascends with the value; −0 and +0 share a key. Requires a number that is not NaN.
inline std::uint64_t order_key(double value) noexcept {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);
  return (bits & sign) != 0 ? ~bits : bits | sign;
}

/// The value of an order_key.
inline double value_of_order_key(std::uint64_t key) noexcept {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  return std::bit_cast<double>((key & sign) != 0 ? key ^ sign : ~key);
}

/// An asked rank (from 0), a closed range of values known to hold it, and how many values are less than that.
struct RankTarget {
  std::uint64_t rank = 0;
  double low = 0;
  double high = 0;
  std::uint64_t below = 0;
};

/// Says that a copy has counted nothing.
struct Afresh {};

class RankSearch {
 public:
  /// `granularity`: all keys that can occur differ in bits from this one upward, so a bin of that width is
  /// one value (29 for numbers that fit F32, 20 for 32-bit integers, 0 for any double). Of targets that
  /// overlap, `below` must be that of the lowest.
  RankSearch(std::span<const RankTarget> targets, unsigned granularity);

  /// One that looks for the same, and has counted nothing of the pass that `other` is in or begins next.
  RankSearch(const RankSearch& other, Afresh);

  bool done() const noexcept { return open_.empty(); }

  /// Whether a value of [low, high] could be one that is still looked for. `near` is where the last such
  /// question was answered (0 before): asked in order, each takes two comparisons.
  bool asks_for(double low, double high, std::size_t& near) const noexcept;

  /// Makes room: 128 KiB, and with the counting up to 512 KiB for each range.
  void begin_pass();
  /// Narrows every range to the bins that hold its ranks; frees the room.
  void end_pass();

  /// What was counted in this pass, for add_pass() of a search that looks for the same. Of few values they
  /// are few bytes.
  void write_pass(WireWriter& out) const;
  /// Between begin_pass() and end_pass(). Throws Error{malformed}.
  void add_pass(WireReader& in);

  /// The order statistic of an asked rank. Requires done().
  double value(std::uint64_t rank) const { return found_.at(rank); }

 private:
  friend class RankTally;

  struct Open {
    std::uint64_t rank, below, low, high;  ///< low and high are keys
  };
  struct Range {
    std::uint64_t below, low, high;
    unsigned shift;
  };

  /// Where a value is counted; range == ranges_.size() where it is not.
  struct Place {
    std::size_t range = 0;
    std::uint16_t bin = 0;
  };
  Place place_of(double value) const noexcept;
  /// Counts in bin ^ flip.
  void add(std::size_t range, std::span<const std::uint16_t> bins, std::uint16_t flip = 0);
  void add(const Place& place, std::uint64_t times);

  Range range_of(const Open& open) const noexcept;
  void narrow(std::span<const Open> open, const Range& range, const BinCounts& counts);
  void settle(const Open& open, const Range& range, const BinCounts::Place& place);

  unsigned granularity_;
  std::vector<Open> open_;  ///< ascending by rank, and so by range
  std::map<std::uint64_t, double> found_;
  std::vector<Range> ranges_;  ///< disjoint, ascending
  std::vector<std::uint16_t>
      first_;  ///< by upper 16 bits of a key: the first range that does not end before it
  std::mutex mutex_;
  std::vector<BinCounts> counts_;  ///< by range
};

/// One thread's counting within a pass. Destroying it hands over what it counted.
///
/// It hands over the values of one range after the other, thousands at once: where they are many, the counts
/// of one range fit the second level of a CPU's cache, those of all of them do not.
class RankTally {
 public:
  explicit RankTally(RankSearch& search) : search_(&search), pending_(search.ranges_.size()) {}
  ~RankTally();
  RankTally(const RankTally&) = delete;
  RankTally& operator=(const RankTally&) = delete;

  /// Counts `times` occurrences of a finite value.
  void count(double value, std::uint64_t times = 1);

  /// Counts the F32 values with one upper half and these lower halves. In a search by F32 these are bins as
  /// they stand (36 upper halves, 1 GiB: 2 ns a value, 15 one by one).
  void count_halves(std::uint16_t upper, std::span<const std::uint16_t> lower);

 private:
  static constexpr std::size_t kMostPending = 32'768;

  RankSearch* search_;
  std::vector<std::vector<std::uint16_t>> pending_;  ///< bins by range
};

}  // namespace weightsieve
