#include "weightsieve/stats/quantiles.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>

#include "weightsieve/tensor/code_value.hpp"

using namespace weightsieve;

namespace {

const std::vector<double> kQs{0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1};

std::vector<std::uint64_t> count_upper_halves(const std::vector<float>& values) {
  std::vector<std::uint64_t> table(65'536);
  for (const float value : values)
    ++table[std::bit_cast<std::uint32_t>(value) >> 16];
  return table;
}

}  // namespace

TEST_CASE("quantiles interpolate as numpy's linear method does") {
  const std::vector<double> values{1, 2, 4, 8};
  const QuantileSet set = exact_quantiles(values, std::vector<double>{0, 0.25, 0.5, 0.9, 1});
  CHECK(set.values[0].value == 1);
  CHECK(set.values[1].value == 1.75);
  CHECK(set.values[2].value == 3);
  CHECK(set.values[3].value == 8 - 4 * (1 - (3 * 0.9 - 2)));
  CHECK(set.values[4].value == 8);
  CHECK(interpolate(-1e308, 1e308, 0.5) == 0);
}

TEST_CASE("counts of upper halves bound every quantile of F32 values, for certain") {
  std::mt19937_64 random(21);
  std::student_t_distribution<float> heavy(3);
  for (int round = 0; round < 20; ++round) {
    std::vector<float> values(5'000 + random() % 5'000);
    ValueCounts counts;
    for (float& value : values) {
      const auto kind = random() % 10;
      value = kind == 0 ? 0.0f : kind == 1 ? -0.0f : kind == 2 ? 1e-41f : heavy(random) * 0.02f;
      counts.zero += value == 0;
      counts.negative_zero += value == 0 && std::signbit(value);
    }
    std::vector<double> sorted(values.begin(), values.end());
    std::ranges::sort(sorted);
    std::vector<double> magnitude(sorted);
    for (double& value : magnitude)
      value = std::fabs(value);
    std::ranges::sort(magnitude);
    const auto codes = occurring_codes(Dtype::F32, count_upper_halves(values));
    const std::vector<Bucket> buckets = buckets_of_codes(Dtype::F32, codes, counts);
    const std::uint64_t n = values.size();
    const QuantileSet set =
        bucket_quantiles(BucketRanks(buckets), {n, n, sorted.front(), sorted.back()}, {}, kQs);
    const std::vector<Bucket> magnitude_buckets = magnitudes(buckets);
    const QuantileSet absolute = bucket_quantiles(BucketRanks(magnitude_buckets),
                                                  {n, n, magnitude.front(), magnitude.back()}, {}, kQs);
    const QuantileSet truth = exact_quantiles(sorted, kQs);
    const QuantileSet absolute_truth = exact_quantiles(magnitude, kQs);
    CHECK(set.method == QuantileMethod::sketch);
    for (std::size_t i = 0; i < kQs.size(); ++i) {
      const double true_value = truth.values[i].value;
      REQUIRE(set.values[i].low <= true_value);
      REQUIRE(true_value <= set.values[i].high);
      REQUIRE(absolute.values[i].low <= absolute_truth.values[i].value);
      REQUIRE(absolute_truth.values[i].value <= absolute.values[i].high);
    }
    CHECK(set.values.front().value == sorted.front());
    CHECK(set.values.back().value == sorted.back());
  }
}

TEST_CASE("zeros have a bucket of their own: a pruned tensor's median is exactly zero") {
  std::vector<float> values(1000, 0.0f);
  for (int i = 0; i < 200; ++i)
    values[static_cast<std::size_t>(i)] = 0.001f * static_cast<float>(i - 100);
  const ValueCounts counts{.zero = 801};
  const auto buckets =
      buckets_of_codes(Dtype::F32, occurring_codes(Dtype::F32, count_upper_halves(values)), counts);
  const QuantileSet set =
      bucket_quantiles(BucketRanks(buckets), {1000, 1000, -0.1f, 0.099f}, {}, std::vector<double>{0.5});
  CHECK(set.values[0].low == 0);
  CHECK(set.values[0].high == 0);
}

TEST_CASE("codes come in the order of their values, for every coded dtype") {
  for (const Dtype dtype : all_dtypes()) {
    if (!is_coded(dtype)) continue;
    std::vector<std::uint64_t> table(code_space(dtype), 1);
    const auto values = values_of_codes(dtype, occurring_codes(dtype, table));
    CHECK(std::ranges::is_sorted(values, {}, &WeightedValue::value));
    std::vector<CodeCount> codes;
    for (std::uint32_t code = 0; code < table.size(); ++code)
      codes.push_back({code, 1});
    sort_codes(dtype, codes);
    const auto walked = occurring_codes(dtype, table);
    for (std::size_t i = 0; i < codes.size(); ++i)
      REQUIRE(codes[i].code == walked[i].code);
    CHECK(counts_of_codes(dtype, codes).values() == table.size());
  }
}
