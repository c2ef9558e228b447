#include "weightsieve/stats/sample.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "weightsieve/base/checked.hpp"
#include "weightsieve/stats/quantiles.hpp"

using namespace weightsieve;

TEST_CASE("slot i keeps a value of stratum i") {
  const std::uint64_t size = GENERATE(1000u, 1024u);
  for (const std::uint64_t population :
       {1ull, 7ull, 1000ull, 1024ull, 65'537ull, 1'000'003ull, 1ull << 45, 1ull << 62}) {
    const SamplePlan plan(3, sample_stream("layer.weight"), population, size);
    CHECK(plan.size() == std::min<std::uint64_t>(population, size));
    for (std::uint64_t slot = 0; slot < plan.size(); ++slot) {
      const std::uint64_t position = plan.position(slot);
      REQUIRE(position < population);
      REQUIRE(position >= mul_div(slot, population, plan.size()));
      REQUIRE(position <= mul_div(slot + 1, population, plan.size()));
    }
  }
}

TEST_CASE("many positions at once are those that are asked for one by one") {
  for (const std::uint64_t size : {1000u, 4096u}) {
    const SamplePlan plan(5, 6, 1'000'003, size);
    std::vector<std::uint64_t> positions(100);
    plan.positions(900, positions);
    for (std::uint64_t i = 0; i < positions.size(); ++i)
      REQUIRE(positions[i] == plan.position(900 + i));
  }
}

TEST_CASE("a sample as large as the population is the population") {
  const SamplePlan plan(0, 1, 500, 65'536);
  for (std::uint64_t slot = 0; slot < 500; ++slot)
    REQUIRE(plan.position(slot) == slot);
}

TEST_CASE("any cut into chunks finds every slot exactly once") {
  const std::uint64_t population = 100'003;
  const SamplePlan plan(9, 4, population, 777);
  for (const std::uint64_t chunk : {1ull, 10ull, 128ull, 129ull, 50'000ull}) {
    std::vector<std::uint64_t> found;
    for (std::uint64_t first = 0; first < population; first += chunk) {
      const std::uint64_t end = std::min(population, first + chunk);
      for (std::uint64_t slot = plan.slot_at(first); slot < plan.size() && plan.position(slot) < end;
           ++slot) {
        if (plan.position(slot) >= first) found.push_back(slot);
      }
    }
    REQUIRE(found.size() == plan.size());
    REQUIRE(std::ranges::is_sorted(found));
    REQUIRE(std::set(found.begin(), found.end()).size() == plan.size());
  }
}

TEST_CASE("every position is kept equally often") {
  constexpr int kTrials = 20'000;
  std::vector<int> kept(50);
  for (std::uint64_t seed = 0; seed < kTrials; ++seed) {
    const SamplePlan plan(seed, 11, kept.size(), 20);
    for (std::uint64_t slot = 0; slot < plan.size(); ++slot)
      ++kept[plan.position(slot)];
  }
  const double expected = kTrials * 20.0 / 50;
  for (const int count : kept)
    CHECK(std::fabs(count - expected) < 6 * std::sqrt(expected));
}

TEST_CASE("names, seeds and nothing else choose the sample") {
  CHECK(sample_stream("a") != sample_stream("b"));
  CHECK(sample_stream("ab") != sample_stream("ba"));
  CHECK(SamplePlan(1, 2, 1u << 30, 10).position(3) == SamplePlan(1, 2, 1u << 30, 10).position(3));
  CHECK(SamplePlan(1, 2, 1u << 30, 10).position(3) != SamplePlan(2, 2, 1u << 30, 10).position(3));
}

TEST_CASE("the reservoir's bounds hold the true quantile in at least 99 % of 10,000 trials") {
  // The population is 0, 1, …, n − 1 in a fixed scrambled order, so the true quantiles are known.
  const std::uint64_t n = 20'011;
  const std::vector<double> qs{0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999};
  const Population population{n, n, 0, static_cast<double>(n - 1)};
  constexpr int kTrials = 10'000;
  std::vector<int> held(qs.size());
  for (std::uint64_t seed = 0; seed < kTrials; ++seed) {
    const SamplePlan plan(seed, sample_stream("w"), n, 500);
    Sample sample{{}, plan.size()};
    for (std::uint64_t slot = 0; slot < plan.size(); ++slot) {
      sample.values.push_back(static_cast<double>(plan.position(slot) * 7919 % n));
    }
    std::ranges::sort(sample.values);
    const QuantileSet set = sample_quantiles(population, sample, qs);
    for (std::size_t i = 0; i < qs.size(); ++i) {
      const double truth = qs[i] * static_cast<double>(n - 1);
      held[i] += set.values[i].low <= truth && truth <= set.values[i].high;
      REQUIRE(set.values[i].low <= set.values[i].value);
      REQUIRE(set.values[i].value <= set.values[i].high);
    }
  }
  for (const int count : held)
    CHECK(count >= kTrials * 99 / 100);
}

TEST_CASE("values that are not finite do not tilt the reservoir's bounds") {
  // All NaN lie in one half of the tensor; the finite ones are 0, 1, ….
  const std::uint64_t n = 10'007, nan = 5'000, finite = n - nan;
  const std::vector<double> qs{0.01, 0.5, 0.99};
  const Population population{n, finite, 0, static_cast<double>(finite - 1)};
  constexpr int kTrials = 10'000;
  std::vector<int> held(qs.size());
  for (std::uint64_t seed = 0; seed < kTrials; ++seed) {
    const SamplePlan plan(seed, 5, n, 400);
    Sample sample{{}, plan.size()};
    for (std::uint64_t slot = 0; slot < plan.size(); ++slot) {
      if (plan.position(slot) >= nan) sample.values.push_back(static_cast<double>(plan.position(slot) - nan));
    }
    const QuantileSet set = sample_quantiles(population, sample, qs);
    for (std::size_t i = 0; i < qs.size(); ++i) {
      const double truth = qs[i] * static_cast<double>(finite - 1);
      held[i] += set.values[i].low <= truth && truth <= set.values[i].high;
    }
  }
  for (const int count : held)
    CHECK(count >= kTrials * 99 / 100);
}
