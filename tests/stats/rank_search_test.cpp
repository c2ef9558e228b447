#include "weightsieve/stats/rank_search.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "weightsieve/stats/exact_search.hpp"

using namespace weightsieve;

namespace {

/// Finds the asked ranks of `values` starting from the whole range; says how many passes that took.
int search(const std::vector<double>& values, const std::vector<std::uint64_t>& ranks, unsigned granularity) {
  std::vector<double> sorted(values);
  std::ranges::sort(sorted);
  std::vector<RankTarget> targets;
  for (const std::uint64_t rank : ranks)
    targets.push_back({rank, sorted.front(), sorted.back()});
  RankSearch ranks_of(targets, granularity);
  int passes = 0;
  for (; !ranks_of.done(); ++passes) {
    ranks_of.begin_pass();
    {
      RankTally tally(ranks_of);
      for (const double value : values)
        tally.count(value);
    }
    ranks_of.end_pass();
  }
  for (const std::uint64_t rank : ranks)
    CHECK(ranks_of.value(rank) == sorted[rank]);
  return passes;
}

}  // namespace

TEST_CASE("keys ascend with the values they stand for") {
  const std::vector<double> ascending{
      -std::numeric_limits<double>::max(), -1, -5e-324, 0, 5e-324, 1, 1.5, 1e308};
  for (std::size_t i = 1; i < ascending.size(); ++i)
    CHECK(order_key(ascending[i - 1]) < order_key(ascending[i]));
  CHECK(order_key(-0.0) == order_key(0.0));
}

TEST_CASE("order statistics are found exactly, pass by pass") {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal(0, 0.02);
  const std::vector<std::uint64_t> ranks{0, 1, 17, 2500, 4999, 9998, 9999};
  std::vector<double> f64(10'000), f32(10'000), integers(10'000), mixed(10'000);
  for (std::size_t i = 0; i < f64.size(); ++i) {
    f64[i] = normal(random);
    f32[i] = static_cast<double>(static_cast<float>(normal(random)));
    integers[i] = static_cast<double>(static_cast<std::int32_t>(random()));
    mixed[i] = i % 3 == 0 ? 0.0 : i % 3 == 1 ? -std::ldexp(1, static_cast<int>(random() % 2000) - 1000) : 1.0;
  }
  CHECK(search(f64, ranks, 0) <= 4);
  CHECK(search(f32, ranks, 29) <= 3);
  CHECK(search(integers, ranks, 20) <= 3);
  CHECK(search(mixed, ranks, 0) <= 4);
  CHECK(search(std::vector<double>(10'000, -0.25), ranks, 0) == 0);
}

TEST_CASE("an exact search agrees with a full sort on quantiles and histograms") {
  std::mt19937_64 random(5);
  std::student_t_distribution<double> heavy(2);
  std::vector<double> values(20'000);
  for (double& value : values)
    value = static_cast<double>(static_cast<float>(heavy(random)));
  std::vector<double> sorted(values), magnitudes(values);
  std::ranges::sort(sorted);
  for (double& value : magnitudes)
    value = std::fabs(value);
  std::ranges::sort(magnitudes);
  const StatsOptions options;
  const Population population{values.size(), values.size(), sorted.front(), sorted.back()};
  ExactSearch search_for(population, {}, options, 29);
  while (!search_for.done()) {
    search_for.begin_pass();
    {
      ExactTally tally(search_for);
      for (const double value : values)
        tally.count(value);
      tally.count(std::numeric_limits<double>::quiet_NaN());
    }
    search_for.end_pass();
  }
  Statistics statistics;
  search_for.complete(statistics);
  const QuantileSet expected = exact_quantiles(sorted, options.quantiles);
  const QuantileSet expected_magnitudes = exact_quantiles(magnitudes, options.quantiles);
  for (std::size_t i = 0; i < options.quantiles.size(); ++i) {
    CHECK(statistics.quantiles.values[i].value == expected.values[i].value);
    CHECK(statistics.magnitude_quantiles.values[i].value == expected_magnitudes.values[i].value);
  }
  CHECK(statistics.histogram.exact);
  std::uint64_t in_bins = 0;
  for (const std::uint64_t count : statistics.histogram.counts)
    in_bins += count;
  CHECK(in_bins == values.size());
  const Bins bins(sorted.front(), sorted.back(), options.bins);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const auto expected_count = std::ranges::count_if(values, [&](double value) {
      return value >= bins.edge(i) &&
             (value < bins.edge(i + 1) || (i + 1 == bins.size() && value == bins.edge(i + 1)));
    });
    REQUIRE(statistics.histogram.counts[i] == static_cast<std::uint64_t>(expected_count));
  }
}
