#include "weightsieve/stats/histograms.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace weightsieve;

namespace {

std::uint64_t sum(const Histogram& histogram) {
  return std::accumulate(histogram.counts.begin(), histogram.counts.end(), histogram.below + histogram.above);
}

}  // namespace

TEST_CASE("a value lies in the bin whose edges enclose it, the last bin is closed") {
  std::mt19937_64 random(2);
  for (const auto& [low, high] : {std::pair(-1.0, 1.0), std::pair(0.1, 0.7), std::pair(-1e308, 1e308),
                                  std::pair(0.0, 5e-324), std::pair(1.0, std::nextafter(1.0, 2.0))}) {
    const Bins bins(low, high, 200);
    std::uniform_real_distribution<double> share(0, 1);
    for (int i = 0; i < 2000; ++i) {
      const double at = share(random);
      const double value = i < 201 ? bins.edge(static_cast<std::size_t>(i)) : low * (1 - at) + high * at;
      const std::size_t slot = bins.slot(value);
      REQUIRE(slot >= 1);
      REQUIRE(slot <= 200);
      REQUIRE(bins.edge(slot - 1) <= value);
      REQUIRE((value < bins.edge(slot) || slot == 200));
    }
    CHECK(bins.slot(std::nextafter(low, -INFINITY)) == 0);
    CHECK(bins.slot(std::nextafter(high, INFINITY)) == 201);
  }
}

TEST_CASE("edges ascend even where the width of a bin is subnormal") {
  constexpr double least = 5e-324;
  const Bins bins(-200 * least, 363 * least, 200);
  for (std::size_t i = 0; i < bins.size(); ++i)
    CHECK(bins.edge(i) <= bins.edge(i + 1));
}

TEST_CASE("when all values are equal they fall into the first bin") {
  const Histogram histogram = bucket_histogram(std::vector<Bucket>{{3, 3, 7}}, {7, 7, 3, 3}, Bins(3, 3, 10));
  CHECK(histogram.exact);
  CHECK(histogram.counts.front() == 7);
  CHECK(sum(histogram) == 7);
}

TEST_CASE("buckets that edges cut are shared out, and nothing gets lost") {
  const std::vector<Bucket> buckets{{-1, -0.5, 10}, {-0.25, 0.25, 101}, {0.3, 0.3, 5}, {0.9, 1, 3}};
  const Population population{119, 119, -1, 1};
  const Histogram histogram = bucket_histogram(buckets, population, Bins(-1, 1, 4));
  CHECK_FALSE(histogram.exact);
  CHECK(histogram.counts == std::vector<std::uint64_t>{10, 50, 56, 3});
  const Histogram ranged = bucket_histogram(buckets, population, Bins(0, 0.5, 2));
  CHECK(ranged.below == 60);
  CHECK(ranged.above == 3);
  CHECK(sum(ranged) == 119);
}

TEST_CASE("ascending values are counted by bin and by power of two, exactly") {
  const std::vector<double> values{-2, -1, -1, -0.25, 0, 0, 0.25, 0.5, 1, 3};
  const Histogram histogram = value_histogram(values, Bins(-1, 1, 4));
  CHECK(histogram.exact);
  CHECK(histogram.below == 1);
  CHECK(histogram.counts == std::vector<std::uint64_t>{2, 1, 3, 2});
  CHECK(histogram.above == 1);
  const MagnitudeHistogram magnitudes = value_magnitudes(std::vector<double>{0, 0, 0.25, 0.3, 1, 1.5, 3});
  CHECK(magnitudes.exact);
  CHECK(magnitudes.exponent_low == -2);
  CHECK(magnitudes.counts == std::vector<std::uint64_t>{2, 0, 2, 1});
}

TEST_CASE("a sample's histogram adds up to the population") {
  const Sample sample{{-1, 0, 0, 0.5, 1}, 5};
  const Histogram histogram = sample_histogram(sample, {1003, 1003, -1, 1}, Bins(-1, 1, 3));
  CHECK_FALSE(histogram.exact);
  CHECK(sum(histogram) == 1003);
  CHECK(histogram.counts[0] == 200);
}

TEST_CASE("magnitudes are counted by power of two, from the least one present, zeros left out") {
  const std::vector<Bucket> magnitudes{{0, 0, 9}, {0.3, 0.3, 2}, {1, 1, 4}, {1.5, 1.9, 1}, {4, 4, 1}};
  const MagnitudeHistogram histogram = bucket_magnitudes(magnitudes);
  CHECK(histogram.exact);
  CHECK(histogram.exponent_low == -2);
  CHECK(histogram.counts == std::vector<std::uint64_t>{2, 0, 5, 0, 1});
  CHECK_FALSE(bucket_magnitudes(std::vector<Bucket>{{0.9, 1.1, 1}}).exact);
  CHECK(bucket_magnitudes(std::vector<Bucket>{{0, 0, 9}}).counts.empty());
}
