#include "weightsieve/stats/moments.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>
#include <vector>

#include "kernels/exact.hpp"
#include "kernels/samples.hpp"

using namespace weightsieve;

namespace {

/// As a tensor of several chunks is measured.
template <typename T>
Moments in_chunks_of(std::size_t size, const std::vector<T>& values) {
  Moments joined;
  for (std::size_t first = 0; first < values.size(); first += size) {
    const std::vector<T> chunk(
        values.begin() + static_cast<std::ptrdiff_t>(first),
        values.begin() + static_cast<std::ptrdiff_t>(std::min(first + size, values.size())));
    joined.merge(moments_of(samples::summarize(kernels(), chunk).summary));
  }
  return joined;
}

double error(double found, const exact::Rational& want, const exact::Rational& scale) {
  return static_cast<double>(exact::Rational(abs(exact::rational(found) - want) / scale));
}

template <typename T>
void check_in_chunks(const std::vector<T>& values) {
  const exact::Moments want = exact::moments(values);
  const Moments found = in_chunks_of(5000, values);
  const double deviation = std::sqrt(static_cast<double>(want.m2) / static_cast<double>(found.count));
  const double third = static_cast<double>(want.m2) * deviation;
  CHECK(error(found.m2.value(), want.m2, want.m2) <= 1e-14);
  CHECK(error(found.m3.value(), want.m3, exact::rational(third)) <= 1e-12);
  CHECK(error(found.m4.value(), want.m4, want.m4) <= 1e-12);
}

Moments of(const std::vector<double>& values) {
  std::vector<WeightedValue> weighted;
  for (const double value : values)
    weighted.push_back({value, 1});
  return moments_of(weighted);
}

}  // namespace

TEST_CASE("moments of a few values are the textbook's") {
  const Moments moments = of({1, 2, 3, 4});
  CHECK(moments.count == 4);
  CHECK(moments.sum.value() == 10);
  CHECK(moments.mean().high == 2.5);
  CHECK(moments.m2.value() == 5);
  CHECK(moments.m3.value() == 0);
  CHECK(moments.m4.value() == 10.25);
}

TEST_CASE("joined parts have the moments of the whole") {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> draw(0, 1);
  std::vector<double> values(10'000);
  for (double& value : values)
    value = draw(random);
  const Moments whole = of(values);
  Moments joined;
  for (std::size_t begin = 0; begin < values.size();) {
    const std::size_t end = std::min(values.size(), begin + 1 + random() % 700);
    joined.merge(of({values.begin() + static_cast<long>(begin), values.begin() + static_cast<long>(end)}));
    begin = end;
  }
  CHECK(joined.count == whole.count);
  CHECK(joined.sum.value() == Approx(whole.sum.value()).epsilon(1e-15));
  CHECK(joined.m2.value() == Approx(whole.m2.value()).epsilon(1e-13));
  CHECK(joined.m3.value() == Approx(whole.m3.value()).epsilon(1e-13));
  CHECK(joined.m4.value() == Approx(whole.m4.value()).epsilon(1e-13));
}

TEST_CASE("a large mean does not drown a small variance, however the parts are cut") {
  Moments joined;
  for (int part = 0; part < 1000; ++part)
    joined.merge(of({1e9 - 0.25, 1e9 + 0.25, 1e9, 1e9}));
  CHECK(joined.m2.value() == Approx(1000 * 2 * 0.0625).epsilon(1e-12));
  CHECK(joined.mean().high == 1e9);
}

TEMPLATE_TEST_CASE("moments joined from chunks equal exact rational arithmetic", "", float, double) {
  using Limits = std::numeric_limits<TestType>;
  std::vector<TestType> last_places(23'000), steps(23'000);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t chunk = i / 5000;
    last_places[i] = TestType(1) + static_cast<TestType>(i * i % 3 + chunk % 2) * Limits::epsilon();
    steps[i] = static_cast<TestType>(chunk * 3) - TestType(1.25);
  }
  check_in_chunks(last_places);
  check_in_chunks(steps);
  check_in_chunks(samples::gaussian<TestType>(23'000, 0, 0.02, 1));
  check_in_chunks(samples::gaussian<TestType>(23'000, 1e4, 0.5, 2));
  check_in_chunks(samples::gaussian<TestType>(23'000, -0.03, 1e-6, 3));
}

TEST_CASE("sums keep what a double alone would lose") {
  DoubleDouble sum;
  sum.add(1e16);
  for (int i = 0; i < 1000; ++i)
    sum.add(0.5);
  sum.add(-1e16);
  CHECK(sum.value() == 500);
  const Moments weighted =
      moments_of(std::vector<WeightedValue>{{0.1, (1ull << 53) - 1}, {-0.1, (1ull << 53) - 2}});
  CHECK(weighted.sum.value() == Approx(0.1).epsilon(1e-15));
}

TEST_CASE("merging nothing changes nothing") {
  Moments moments = of({1, 5});
  moments.merge({});
  CHECK(moments.count == 2);
  Moments empty;
  empty.merge(moments);
  CHECK(empty.m2.value() == 8);
}
