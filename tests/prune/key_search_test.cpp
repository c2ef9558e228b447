#include "prune/key_search.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

using namespace weightsieve;
using namespace weightsieve::prune;

namespace {

using Random = std::mt19937_64;

/// Elements whose buckets are known: each key lies in the bucket of the same place.
struct Population {
  std::vector<std::uint64_t> keys;
  std::vector<KeyBucket> buckets;  ///< one an element
};

Population random_population(Random& random, std::uint64_t greatest) {
  Population population;
  const std::size_t size = 1 + random() % 60;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t low = random() % greatest;
    const std::uint64_t high = random() % 3 == 0 ? low : low + random() % (greatest / 8 + 1);
    population.buckets.push_back({low, high, 1});
    population.keys.push_back(low + random() % (high - low + 1));
  }
  return population;
}

/// Counts as a pass over the data does: elements whose bucket is one key are known and are not read.
std::vector<std::uint64_t> count(const Population& population, const std::vector<KeyRange>& ranges) {
  std::vector<std::uint64_t> bins(ranges.size() * kBins);
  for (std::size_t r = 0; r < ranges.size(); ++r) {
    for (std::size_t i = 0; i < population.keys.size(); ++i) {
      const bool known = population.buckets[i].low == population.buckets[i].high;
      if (!known && ranges[r].holds(population.keys[i]))
        ++bins[r * kBins + ranges[r].bin(population.keys[i])];
    }
  }
  return bins;
}

void check_limits(const std::vector<std::uint64_t>& keys, const std::vector<std::uint64_t>& ks,
                  const std::vector<KeyLimit>& limits) {
  std::vector<std::uint64_t> sorted = keys;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < ks.size(); ++i) {
    if (ks[i] == 0 || ks[i] > sorted.size()) continue;
    const std::uint64_t key = sorted[ks[i] - 1];
    const auto first = static_cast<std::uint64_t>(std::ranges::lower_bound(sorted, key) - sorted.begin());
    REQUIRE(limits[i].key == key);
    REQUIRE(limits[i].taken == ks[i] - first);
    REQUIRE(limits[i].ties == static_cast<std::uint64_t>(std::ranges::count(sorted, key)));
  }
}

}  // namespace

TEST_CASE("limits are found whatever is known of the keys, overlapping buckets included") {
  Random random(61);
  for (int round = 0; round < 2'000; ++round) {
    const std::uint64_t greatest = round % 2 == 0 ? 200 : std::uint64_t{1} << (8 + random() % 40);
    const Population population = random_population(random, greatest);
    const std::size_t size = population.keys.size();
    const std::vector<std::uint64_t> ks{random() % (size + 1), 1, size, random() % (size + 1), 0, size + 1};
    KeySearch search(ks, population.buckets, 0);
    for (int pass = 0; !search.done(); ++pass) {
      REQUIRE(pass < 8);
      search.end_pass(count(population, search.begin_pass()));
    }
    check_limits(population.keys, ks, search.limits());
  }
}

TEST_CASE("limits are found when nothing is known, of more levels than a pass can count") {
  Random random(62);
  Population population;
  std::vector<std::uint64_t> ks;
  for (std::uint64_t i = 0; i < 500; ++i) {
    const std::uint64_t low = (random() % 300) << 30;
    population.keys.push_back(low);
    population.buckets.push_back({0, UINT64_MAX >> 1, 1});
    if (i % 10 == 0) ks.push_back(i);
  }
  KeySearch search(ks, 0, UINT64_MAX >> 1, 30);
  for (int pass = 0; !search.done(); ++pass) {
    REQUIRE(pass < 20);
    const std::vector<KeyRange> ranges = search.begin_pass();
    REQUIRE(ranges.size() <= KeySearch::kMostRanges);
    search.end_pass(count(population, ranges));
  }
  check_limits(population.keys, ks, search.limits());
}
