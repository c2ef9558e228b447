// Finds the keys that cut off the k smallest of a group of elements, for several k at once, exactly.
//
// What is known at first (buckets of keys, or nothing but a range) brackets each k; then each pass counts the
// keys inside the brackets into 65,536 bins and settles 16 more bits (radix select). Elements are counted
// into plain bins by any number of threads and added here by one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "prune/magnitude_counts.hpp"

namespace weightsieve::prune {

inline constexpr std::size_t kBins = 65'536;

/// Keys counted in a pass: bin i holds the keys from low + (i << shift) on.
struct KeyRange {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  unsigned shift = 0;

  bool holds(std::uint64_t key) const noexcept { return key - low <= high - low; }
  std::size_t bin(std::uint64_t key) const noexcept { return static_cast<std::size_t>((key - low) >> shift); }
};

/// The elements below `key` go, and `taken` of the `ties` that are equal to it.
struct KeyLimit {
  std::uint64_t key = 0;
  std::uint64_t taken = 0;
  std::uint64_t ties = 0;
};

class KeySearch {
 public:
  /// `ks`: how many elements go, one an answer. `granularity`: low bits that are 0 in every key. Nothing is
  /// known but that keys lie in [low, high]; elements with other keys do not take part.
  KeySearch(std::span<const std::uint64_t> ks, std::uint64_t low, std::uint64_t high, unsigned granularity);

  /// All elements are in `buckets`, in any order. Those with low < high will be counted in passes; the others
  /// are known and must not be.
  KeySearch(std::span<const std::uint64_t> ks, std::vector<KeyBucket> buckets, unsigned granularity);

  bool done() const noexcept;

  /// The ranges that the next pass counts, at most kMostRanges; they may overlap.
  std::vector<KeyRange> begin_pass();

  /// bins[r × kBins + i]: keys counted in bin i of range r.
  void end_pass(std::vector<std::uint64_t> bins);

  /// Where all finite elements go: {kInfinityKey, 0, 0}; where none goes: {0, 0, 0}. Requires done().
  const std::vector<KeyLimit>& limits() const noexcept { return limits_; }

  static constexpr std::size_t kMostRanges = 16;

 private:
  struct Open {
    std::size_t answer;
    std::uint64_t rank;  ///< how many of the elements in [low, high] go; at least 1
    std::uint64_t low, high;
  };

  void open_from_buckets(std::size_t answer, std::uint64_t k, std::span<const KeyBucket> by_low,
                         std::span<const KeyBucket> by_high);
  bool settle(Open& open, const KeyRange& range, std::span<const std::uint64_t> bins);

  unsigned granularity_;
  std::vector<KeyLimit> limits_;
  std::vector<Open> open_;
  std::vector<KeyBucket> known_;  ///< of one key each
  std::vector<KeyRange> ranges_;  ///< of the pass that runs
};

}  // namespace weightsieve::prune
