// KernelTable::count8 over many bytes: counts pairs of them, as one word each, and takes the pairs apart at
// the end.
//
// One increment a cycle is all there is, so it should count two bytes. The 65,536 counters have 16 bits: of
// 32 bits they would take 256 KiB, too many for the first level of the cache where values are spread (Zen 4,
// GB/s by bytes, pairs of 32 bits, pairs of 16 bits: Gaussian of σ = 5 steps 3.1, 5.9, 6.2; σ = 10 2.9, 3.7,
// 6.0; σ = 32 3.1, 3.5, 4.2; uniform 3.0, 3.6, 4.4; F8_E4M3 3.0, 4.0, 4.6). Whether one of them overflowed
// shows in their sum; then the bytes are counted again, one by one.
#pragma once

namespace weightsieve::kernel {
namespace {

/// Pairs counted between two foldings: those cost 14 µs, the counting 120 to 250.
inline constexpr std::size_t kMostPairs = std::size_t{1} << 19;
inline constexpr std::size_t kFewestPairs = std::size_t{1} << 17;

/// A pair that occurs more often in a step is frequent: less than makes a counter overflow, and in data of
/// two values each of four.
inline constexpr std::uint32_t kManyPairs = Words::kStep / 8;

/// Steps where one pair is frequent are counted as bytes, equal ones together; no pair of the others is.
class PairCounter {
 public:
  PairCounter(std::uint16_t* pairs, std::uint32_t* byte_tables) noexcept
      : pairs_(pairs), bytes_(byte_tables) {}

  /// Adds one step; gives how many pairs went into the table.
  std::size_t add(const std::byte* data) noexcept {
    const Words words{data};
    if (is_frequent(words)) {
      bytes_.add({data});
      bytes_.add({data + Bytes::kStep});
      return 0;
    }
    each_code(words, [&](std::size_t pair, std::size_t) { ++pairs_[pair]; });
    return Words::kStep;
  }

 private:
  // The middle one, unless the one before still is.
  bool is_frequent(const Words& words) noexcept {
    if (ones(words.equal(frequent_)) >= kManyPairs) return true;
    frequent_ = words.code(Words::kStep / 2);
    const bool begins_run = frequent_ == words.code(0) || frequent_ == words.code(Words::kStep - 1);
    return begins_run && ones(words.equal(frequent_)) >= kManyPairs;
  }

  std::uint16_t* pairs_;
  CodeCounter<Bytes, kByteTables> bytes_;
  std::uint16_t frequent_ = 0;
};

/// Adds the pairs to the counts of their bytes; gives how many pairs there are. Compilers make vector code of
/// both loops.
inline std::size_t take_apart(const std::uint16_t* pairs, std::uint32_t* counts) noexcept {
  std::size_t all = 0;
  for (std::size_t high = 0; high < 256; ++high) {
    const std::uint16_t* row = pairs + high * 256;
    std::uint32_t sum = 0;
    for (std::size_t low = 0; low < 256; ++low) {
      sum += row[low];
      counts[low] += row[low];
    }
    counts[high] += sum;
    all += sum;
  }
  return all;
}

/// Of at most kMostPairs pairs, a whole number of steps, on top of zeros. False, with anything in `counts`,
/// when a counter overflowed.
inline bool count_pairs(const std::byte* data, std::size_t steps, std::uint32_t* counts) noexcept {
  constexpr std::size_t kBytes = Words::kStep * 2;
  std::uint16_t pairs[65536] = {};
  std::uint32_t byte_tables[kByteTables * 256] = {};
  PairCounter counter(pairs, byte_tables);
  std::size_t counted = 0;
  for (std::size_t i = 0; i < steps; ++i, data += kBytes) {
    __builtin_prefetch(data + kPrefetchBytes, 0, 2);
    __builtin_prefetch(data + kPrefetchBytes + 64, 0, 2);
    counted += counter.add(data);
  }
  add_byte_tables(byte_tables, counts);
  return take_apart(pairs, counts) == counted;
}

inline void count8(const std::byte* data, std::size_t bytes, std::uint32_t* counts) noexcept {
  constexpr std::size_t kStepBytes = Words::kStep * 2;
  while (bytes >= 2 * kFewestPairs) {
    const std::size_t some = bytes < 2 * kMostPairs ? bytes / kStepBytes : kMostPairs / Words::kStep;
    std::uint32_t found[256] = {};
    if (count_pairs(data, some, found)) {
      for (std::size_t code = 0; code < 256; ++code)
        counts[code] += found[code];
    } else {
      count_bytes(data, some * kStepBytes, counts);
    }
    data += some * kStepBytes;
    bytes -= some * kStepBytes;
  }
  count_bytes(data, bytes, counts);
}

}  // namespace
}  // namespace weightsieve::kernel
