#include "stats/radix_sort.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "stats/runs.hpp"

using namespace weightsieve;

namespace {

// As many as a comparison sort takes, a few digits and all digits.
constexpr std::array<std::size_t, 7> kSizes{0, 1, 511, 512, 1000, 20'000, 70'000};

template <class Value, class Draw>
void check_sorting(Draw draw) {
  for (const std::size_t size : kSizes) {
    std::vector<Value> values(size);
    std::ranges::generate(values, draw);
    std::vector<Value> expected = values;
    std::ranges::sort(expected);
    radix_sort(values);
    REQUIRE(values == expected);
  }
}

}  // namespace

TEST_CASE("numbers are sorted as by comparison, whatever bits they use") {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  check_sorting<std::uint64_t>([&] { return random(); });
  check_sorting<std::uint64_t>([&] { return random() % 3 << 61; });
  check_sorting<std::uint64_t>([] { return std::uint64_t{42}; });
  check_sorting<std::uint32_t>([&] { return static_cast<std::uint32_t>(random()); });
  check_sorting<std::uint32_t>([&] { return static_cast<std::uint32_t>(random() % 1000) << 10; });
  check_sorting<double>([&] { return normal(random); });
  check_sorting<double>([&] { return static_cast<double>(static_cast<float>(normal(random))); });
  check_sorting<double>([&] { return std::round(normal(random) * 3) + 0.0; });
  check_sorting<double>([] { return 0.0; });
  check_sorting<double>([&] {
    const auto any = std::bit_cast<double>(random());
    return std::isnan(any) ? std::numeric_limits<double>::infinity() : any;
  });
}

TEST_CASE("negative zeros become positive ones") {
  std::vector<double> values(1000, -0.0);
  values.front() = 1;
  radix_sort(values);
  CHECK(std::ranges::none_of(values, [](double value) { return std::signbit(value); }));
  CHECK(values.back() == 1);
}

TEST_CASE("every run is found with its length") {
  std::mt19937_64 random(8);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values;
    std::vector<std::pair<int, std::size_t>> expected, found;
    for (int key = 0; key < 20; ++key) {
      const std::size_t length = random() % (std::size_t{1} << random() % 10);
      if (length != 0) expected.emplace_back(key, length);
      values.insert(values.end(), length, key + 0.5);
    }
    for_each_run(
        values, [](double value) { return static_cast<int>(value); },
        [&](int key, std::size_t count) { found.emplace_back(key, count); });
    REQUIRE(found == expected);
  }
}
