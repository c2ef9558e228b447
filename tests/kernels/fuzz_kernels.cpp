// Differential fuzzer: random blocks of random kinds, sizes and alignments through every table that this CPU
// has; stops at the first bit that differs from plain C++. Usage: fuzz_kernels BLOCKS [SEED]
#include <cstdio>
#include <cstdlib>

#include "kernels/samples.hpp"

using namespace weightsieve;

namespace {

constexpr std::size_t kPool = 1 << 16;
constexpr std::size_t kMostBytes = 5000 * sizeof(double);

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }

 private:
  std::mt19937_64 engine_;
};

/// Values to cut blocks out of: generating them anew for each block would cost more than the kernels.
template <typename T>
std::vector<T> make_pool(std::uint64_t seed) {
  std::vector<T> pool;
  for (const auto& sample : samples::of_type<T>(kPool, seed)) {
    pool.insert(pool.end(), sample.values.begin(), sample.values.end());
  }
  return pool;
}

/// A block: a piece of the pool, sometimes with a piece of another kind or single odd values set into it.
template <typename T>
void fill(Random& random, const std::vector<T>& pool, std::byte* data, std::size_t count) {
  std::memcpy(data, &pool[random.below(pool.size() - count)], count * sizeof(T));
  if (count == 0 || random.below(2)) return;
  const std::size_t length = random.below(2) ? 1 : random.below(count);
  std::memcpy(data + random.below(count - length + 1) * sizeof(T), &pool[random.below(pool.size() - length)],
              length * sizeof(T));
}

/// Mostly a few groups and sections, sometimes around whole blocks: where the loops begin, end and change
/// over.
std::size_t choose_size(Random& random) {
  switch (random.below(16)) {
    case 0:
      return 3500 + random.below(1400);
    case 1:
      return 512 * random.below(9);
    case 2:
      return 500 + random.below(600);
    default:
      return random.below(300);
  }
}

struct Intervals {
  std::vector<double> low, high;
};

template <typename T>
Intervals choose_intervals(Random& random, const std::vector<T>& pool) {
  Intervals intervals;
  for (std::size_t count = random.below(6); count > 0; --count) {
    const auto& known = samples::intervals()[random.below(samples::intervals().size())];
    const auto from_pool = static_cast<double>(pool[random.below(pool.size())]);
    const bool usable = random.below(2) && !std::isnan(from_pool);
    intervals.low.push_back(usable ? from_pool : known.first);
    intervals.high.push_back(known.second);
  }
  return intervals;
}

struct Outcome {
  WideSummary summary{};
  std::uint64_t outside[12] = {};
};

template <typename T>
class WideFuzzer {
 public:
  explicit WideFuzzer(std::uint64_t seed) : pool_(make_pool<T>(seed)) {}

  /// False when a table differs.
  bool try_block(Random& random) {
    const std::size_t count = choose_size(random);
    std::byte* data = bytes_ + random.below(9);
    fill(random, pool_, data, count);
    const Intervals intervals = choose_intervals(random, pool_);
    const bool with_top16 = std::is_floating_point_v<T> && random.below(4) == 0;
    const Outcome want = run(*tables_[0], data, count, intervals, with_top16, top16_[0]);
    for (std::size_t i = 1; i < tables_.size(); ++i) {
      const Outcome found = run(*tables_[i], data, count, intervals, with_top16, top16_[1]);
      if (!samples::same_bits(found, want)) return false;
      if (with_top16 && !same_top16(data, count)) return false;
    }
    if (with_top16) clear(top16_[0], data, count);
    return true;
  }

 private:
  Outcome run(const KernelTable& table, const std::byte* data, std::size_t count, const Intervals& intervals,
              bool with_top16, std::vector<std::uint32_t>& top16) {
    Outcome outcome;
    table.summarize[samples::wide_index<T>()](
        data, count, {intervals.low.data(), intervals.high.data(), intervals.low.size()}, outcome.outside,
        outcome.outside + 6, with_top16 ? top16.data() : nullptr, &outcome.summary);
    return outcome;
  }

  static std::uint16_t top(const std::byte* data, std::size_t index) {
    std::uint16_t code;
    std::memcpy(&code, data + (index + 1) * sizeof(T) - 2, 2);
    return code;
  }

  // Only counters of values that are there can have changed, and their sum tells of any other; they are left
  // zero again.
  bool same_top16(const std::byte* data, std::size_t count) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (top16_[1][top(data, i)] != 0 && top16_[1][top(data, i)] != top16_[0][top(data, i)]) return false;
      sum += top16_[1][top(data, i)];
      top16_[1][top(data, i)] = 0;
    }
    return sum == count;
  }
  static void clear(std::vector<std::uint32_t>& top16, const std::byte* data, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      top16[top(data, i)] = 0;
  }

  std::vector<const KernelTable*> tables_ = samples::tables();  // plain C++ first
  std::vector<T> pool_;
  std::vector<std::uint32_t> top16_[2] = {std::vector<std::uint32_t>(65536),
                                          std::vector<std::uint32_t>(65536)};
  std::byte bytes_[kMostBytes + 16];
};

/// Pairs of blocks: one of the pool, the other mostly the same with other pieces of the pool set into it.
template <typename T>
class PairFuzzer {
 public:
  explicit PairFuzzer(std::uint64_t seed) : pool_(make_pool<T>(seed)) {}

  bool try_block(Random& random) {
    const std::size_t count = std::min(choose_size(random), kBlockValues);
    std::byte* a = bytes_[0] + random.below(9);
    std::byte* b = bytes_[1] + random.below(9);
    fill(random, pool_, a, count);
    if (random.below(2)) {
      fill(random, pool_, b, count);
    } else {
      std::memcpy(b, a, count * sizeof(T));
    }
    const auto want = run(*tables_[0], a, b, count);
    return std::all_of(tables_.begin() + 1, tables_.end(), [&](const KernelTable* table) {
      return samples::same_bits(run(*table, a, b, count), want);
    });
  }

 private:
  struct Outcome {
    std::uint64_t compared = 0;
    PairSums sums{};
  };

  static Outcome run(const KernelTable& table, const std::byte* a, const std::byte* b, std::size_t count) {
    Outcome outcome;
    outcome.compared = table.compare[samples::wide_index<T>()](a, b, count, &outcome.sums);
    return outcome;
  }

  std::vector<const KernelTable*> tables_ = samples::tables();  // plain C++ first
  std::vector<T> pool_;
  std::byte bytes_[2][kMostBytes + 16];
};

/// Codes: random ones of a random number of distinct values, in runs of random length.
template <typename Code>
class CodeFuzzer {
 public:
  bool try_block(Random& random) {
    const bool many = random.below(4096) == 0;  // then bytes are counted in pairs
    const std::size_t count = many ? kMany + random.below(1000) : choose_size(random);
    std::byte* data = bytes_.data() + random.below(9);
    fill(random, data, count);
    const auto wanted = static_cast<Code>(random.below(4) ? random.below(distinct_) : random.below(65536));
    for (std::size_t i = 1; i < tables_.size(); ++i) {
      if (find(*tables_[i], data, count, wanted) != find(*tables_[0], data, count, wanted)) return false;
      run(*tables_[i], data, count);
      if (!as_plain(data, count)) return false;
    }
    return true;
  }

 private:
  void fill(Random& random, std::byte* data, std::size_t count) {
    distinct_ = std::uint64_t{1} << random.below(8 * sizeof(Code) + 1);
    const std::uint64_t run = 1 + random.below(200);
    Code code = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (random.below(run) == 0) code = static_cast<Code>(random.below(distinct_));
      std::memcpy(data + i * sizeof code, &code, sizeof code);
    }
  }

  void run(const KernelTable& table, const std::byte* data, std::size_t count) {
    (sizeof(Code) == 1 ? table.count8 : table.count16)(data, count, counts_.data());
  }

  static std::size_t find(const KernelTable& table, const std::byte* data, std::size_t count, Code wanted) {
    if constexpr (sizeof(Code) == 1) return table.find8(data, count, wanted);
    if constexpr (sizeof(Code) == 2) return table.find16(data, count, wanted);
  }

  // Takes each code out again: all counters that are met must end at zero, and none be missed.
  bool as_plain(const std::byte* data, std::size_t count) {
    Code code;
    for (std::size_t i = 0; i < count; ++i) {
      std::memcpy(&code, data + i * sizeof code, sizeof code);
      if (counts_[code]-- == 0) return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::memcpy(&code, data + i * sizeof code, sizeof code);
      if (counts_[code] != 0) return false;
    }
    return true;
  }

  static constexpr std::size_t kMany = 1 << 18;

  std::vector<const KernelTable*> tables_ = samples::tables();  // plain C++ first
  std::uint64_t distinct_ = 1;
  std::vector<std::uint32_t> counts_ = std::vector<std::uint32_t>(65536);
  std::vector<std::byte> bytes_ = std::vector<std::byte>(2 * (kMany + 1000) + 16);
};

/// Picking: what is picked is what plain C++ picks, but for values that may come along.
template <typename T>
class PickFuzzer {
 public:
  explicit PickFuzzer(std::uint64_t seed) : pool_(make_pool<T>(seed)), wanted_(65536) {}

  bool try_block(Random& random) {
    const std::size_t count = choose_size(random);
    std::byte* data = bytes_ + random.below(9);
    fill(random, pool_, data, count);
    choose_wanted(random, data, count);
    const std::uint16_t window = choose_window(random);
    for (const KernelTable* table : tables_) {
      const std::size_t found =
          table->pick[samples::wide_index<T>()](data, count, wanted_.data(), window, picked_);
      if (!is_right(data, count, window, found)) return false;
    }
    return true;
  }

 private:
  // A fresh table for each block would cost more than the kernels: a few codes of the block change sides.
  void choose_wanted(Random& random, const std::byte* data, std::size_t count) {
    for (std::uint64_t changes = random.below(20); changes > 0 && count > 0; --changes) {
      const std::size_t code = top(data, random.below(count));
      wanted_[code] = static_cast<std::uint8_t>(random.below(2) ? 1 + random.below(255) : 0);
    }
  }

  static std::uint16_t choose_window(Random& random) {
    const std::uint64_t around_one = sizeof(T) == 4 ? 0x3F80 : 0x3FF0;
    return static_cast<std::uint16_t>(random.below(4) ? around_one - random.below(1100)
                                                      : random.below(65536));
  }

  static std::uint16_t top(const std::byte* data, std::size_t index) {
    std::uint16_t code;
    std::memcpy(&code, data + (index + 1) * sizeof(T) - 2, 2);
    return code;
  }

  static bool may_come_along(std::uint16_t code, std::uint16_t window) {
    const int first = std::min(int{window}, 0x8000 - 1024);
    const int magnitude = code & 0x7FFF;
    return magnitude < first || magnitude >= first + 1024;
  }

  bool is_right(const std::byte* data, std::size_t count, std::uint16_t window, std::size_t found) const {
    std::size_t next = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_next =
          next < found && std::memcmp(picked_ + next * sizeof(T), data + i * sizeof(T), sizeof(T)) == 0;
      const bool is_wanted = wanted_[top(data, i)] != 0;
      if (is_wanted && !is_next) return false;
      if (is_next && (is_wanted || may_come_along(top(data, i), window))) ++next;
    }
    return next == found;
  }

  std::vector<const KernelTable*> tables_ = samples::tables();
  std::vector<T> pool_;
  std::vector<std::uint8_t> wanted_;
  std::byte bytes_[kMostBytes + 16];
  std::byte picked_[kMostBytes + 16 * sizeof(T)];
};

int report(std::uint64_t block, std::uint64_t seed) {
  std::printf("block %llu of seed %llu differs between instruction sets\n",
              static_cast<unsigned long long>(block), static_cast<unsigned long long>(seed));
  return 1;
}

int fuzz(std::uint64_t blocks, std::uint64_t seed) {
  Random random(seed);
  WideFuzzer<float> f32(seed);
  WideFuzzer<double> f64(seed);
  PairFuzzer<float> pairs_f32(seed);
  PairFuzzer<double> pairs_f64(seed);
  CodeFuzzer<std::uint8_t> bytes;
  CodeFuzzer<std::uint16_t> words;
  PickFuzzer<float> pick_f32(seed);
  PickFuzzer<double> pick_f64(seed);
  const auto try_block = [&](std::uint64_t kind) {
    switch (kind) {
      case 0:
        return bytes.try_block(random);
      case 1:
        return words.try_block(random);
      case 2:
        return pairs_f64.try_block(random);
      case 3:
        return pairs_f32.try_block(random);
      case 4:
        return pick_f64.try_block(random);
      case 5:
        return pick_f32.try_block(random);
    }
    return kind % 2 ? f32.try_block(random) : f64.try_block(random);
  };
  for (std::uint64_t block = 0; block < blocks; ++block) {
    if (!try_block(block % 16)) return report(block, seed);
  }
  std::printf("%llu blocks of seed %llu give the same bits in", static_cast<unsigned long long>(blocks),
              static_cast<unsigned long long>(seed));
  for (const KernelTable* table : samples::tables())
    std::printf(" %s", to_string(table->isa).data());
  std::printf("\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: fuzz_kernels BLOCKS [SEED]\n"), 2;
  return fuzz(std::strtoull(argv[1], nullptr, 10), argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
}
