// The distance against its definition: the greatest difference of two cumulative shares.
#include "weightsieve/stats/ks_distance.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <random>

using namespace weightsieve;

namespace {

double share_up_to(const std::vector<double>& values, double at) {
  const auto count = std::ranges::count_if(values, [at](double value) { return value <= at; });
  return static_cast<double>(count) / static_cast<double>(values.size());
}

double distance_by_definition(const std::vector<double>& a, const std::vector<double>& b) {
  double greatest = 0;
  for (const auto* values : {&a, &b})
    for (const double at : *values)
      greatest = std::max(greatest, std::fabs(share_up_to(a, at) - share_up_to(b, at)));
  return greatest;
}

std::vector<Bucket> buckets_of_width(const std::vector<double>& values, double width) {
  std::map<double, std::uint64_t> counts;
  for (const double value : values)
    ++counts[width == 0 ? value : std::floor(value / width) * width];
  std::vector<Bucket> buckets;
  buckets.reserve(counts.size());
  for (const auto& [low, count] : counts)
    buckets.push_back({low, low + width, count});
  return buckets;
}

std::vector<double> draw(std::size_t count, double mean, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(mean, 1);
  std::vector<double> values(count);
  for (double& value : values)
    value = std::round(normal(random) * 50) / 50;
  return values;
}

}  // namespace

TEST_CASE("the distance of values that are known is exact") {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    const auto a = draw(40 + 17 * seed, 0, seed), b = draw(300, 0.05 * static_cast<double>(seed), seed + 99);
    const auto found = ks_distance(buckets_of_width(a, 0), buckets_of_width(b, 0));
    REQUIRE(found);
    CHECK(found->low == found->high);
    CHECK(found->value == Approx(distance_by_definition(a, b)).epsilon(1e-14));
  }
}

TEST_CASE("buckets bound the distance for certain, and say little less than it") {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    const auto a = draw(500, 0, seed), b = draw(400, 0.1 * static_cast<double>(seed), seed + 99);
    const double truth = distance_by_definition(a, b);
    for (const double other_width : {0.3, 0.0}) {
      const auto found = ks_distance(buckets_of_width(a, 0.3), buckets_of_width(b, other_width));
      REQUIRE(found);
      CHECK(found->low <= truth + 1e-12);
      CHECK(truth <= found->high + 1e-12);
      CHECK(found->low <= found->value);
      CHECK(found->value <= found->high);
      CHECK(found->value == Approx(truth).margin(0.15));
    }
  }
}

TEST_CASE("there is no distance to nothing") {
  const std::vector<Bucket> some{{1, 1, 3}};
  CHECK_FALSE(ks_distance(some, {}));
  CHECK_FALSE(ks_distance({}, some));
}

TEST_CASE("few pairs that differ cannot move a share far") {
  const KsDistance wide{0.2, 0.1, 0.5};
  CHECK(limited(wide, 30, 100).high == 0.3);
  CHECK(limited(wide, 15, 100).value == 0.15);
  CHECK(limited({0.1, 0, 0.5}, 0, 100).high == 0);
  CHECK(limited(wide, 60, 100).high == 0.5);
}
