// The whole way of `exact` for one tensor: first pass, search, further passes, against sorting everything.
#include "weightsieve/stats/exact_counter.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "weightsieve/stats/tensor_stats.hpp"
#include "weightsieve/stats/total_stats.hpp"

using namespace weightsieve;

namespace {

template <class T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, float>) return Dtype::F32;
  if constexpr (std::is_same_v<T, double>) return Dtype::F64;
  return Dtype::I32;
}

struct Measured {
  Statistics statistics;
  int passes = 0;
};

TensorResult first_pass(const StatsContext& context, const TensorTask& task, Bytes bytes) {
  UnitStats unit(context, task);
  unit.add_chunk(bytes, 0);
  TensorStats stats(context, task);
  stats.merge(std::move(unit));
  return std::move(stats).finish();
}

template <class T>
Measured measure_exactly(const StatsContext& context, const std::vector<T>& values) {
  const Bytes bytes = std::as_bytes(std::span(values));
  const TensorTask task{dtype_of<T>(), values.size(), 0, std::nullopt};
  TensorResult result = first_pass(context, task, bytes);
  Measured measured{std::move(result.statistics)};
  for (; !result.search->done(); ++measured.passes) {
    result.search->begin_pass();
    ExactCounter(task.dtype, result.search.get(), nullptr).count(bytes, values.size());
    result.search->end_pass();
  }
  result.search->complete(measured.statistics);
  return measured;
}

std::vector<std::uint64_t> brute_histogram(const std::vector<double>& sorted, const Histogram& like) {
  const Bins bins(like.low, like.high, like.counts.size());
  if (like.low == like.high) {
    std::vector<std::uint64_t> counts(bins.size());
    counts.front() = sorted.size();
    return counts;
  }
  std::vector<std::uint64_t> counts;
  auto from = std::ranges::lower_bound(sorted, like.low);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const auto to = i + 1 < bins.size() ? std::ranges::lower_bound(sorted, bins.edge(i + 1))
                                        : std::ranges::upper_bound(sorted, like.high);
    counts.push_back(static_cast<std::uint64_t>(to - from));
    from = to;
  }
  return counts;
}

std::uint64_t with_exponent(const std::vector<double>& sorted, int exponent) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(sorted, [&](double x) { return x != 0 && std::ilogb(x) == exponent; }));
}

void check_quantiles(std::vector<double> values, const QuantileSet& found, const StatsOptions& options) {
  std::ranges::sort(values);
  const QuantileSet want = exact_quantiles(values, options.quantiles);
  CHECK(found.method == QuantileMethod::exact);
  for (std::size_t i = 0; i < want.values.size(); ++i)
    CHECK(found.values[i].value == want.values[i].value);
}

void check_statistics(const StatsContext& context, const std::vector<double>& values,
                      const Statistics& statistics) {
  std::vector<double> finite, magnitudes;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    finite.push_back(value);
    magnitudes.push_back(std::fabs(value));
  }
  std::ranges::sort(finite);
  check_quantiles(finite, statistics.quantiles, context.options);
  check_quantiles(magnitudes, statistics.magnitude_quantiles, context.options);
  CHECK(statistics.histogram.exact);
  CHECK(statistics.histogram.counts == brute_histogram(finite, statistics.histogram));
  const auto below = std::ranges::lower_bound(finite, statistics.histogram.low) - finite.begin();
  CHECK(statistics.histogram.below == static_cast<std::uint64_t>(below));
  const MagnitudeHistogram& powers = statistics.magnitude_histogram;
  CHECK(powers.exact);
  for (std::size_t i = 0; i < powers.counts.size(); ++i)
    CHECK(powers.counts[i] == with_exponent(finite, powers.exponent_low + static_cast<int>(i)));
}

template <class T>
void check(const StatsContext& context, const std::vector<T>& values, int most_passes) {
  const auto [statistics, passes] = measure_exactly(context, values);
  CHECK(passes <= most_passes);
  check_statistics(context, {values.begin(), values.end()}, statistics);
}

template <class T>
std::vector<T> drawn(const std::function<double(std::mt19937_64&)>& draw) {
  std::mt19937_64 random(17);
  std::vector<T> values(100'000);
  for (T& value : values)
    value = static_cast<T>(draw(random));
  return values;
}

StatsContext exact_context() {
  StatsContext context;
  context.options.quantile_method = QuantileChoice::exact;
  return context;
}

}  // namespace

TEMPLATE_TEST_CASE("exact quantiles and histograms equal a full sort", "", float, double) {
  const int most_passes = sizeof(TestType) == 4 ? 1 : 3;
  StatsContext context = exact_context();
  std::normal_distribution<double> normal(0, 0.02);
  std::student_t_distribution<double> heavy(1.5);
  const auto gaussian = [&](auto& random) { return normal(random); };
  SECTION("of normal values") { check(context, drawn<TestType>(gaussian), most_passes); }
  SECTION("of normal values in a range that leaves some out") {
    context.options.range = {-0.031, 0.0123};
    context.options.bins = 7;
    check(context, drawn<TestType>(gaussian), most_passes);
  }
  SECTION("in more bins than buckets") {
    context.options.bins = 20'000;
    check(context, drawn<TestType>([&](auto& random) { return 1 + normal(random); }), most_passes);
  }
  SECTION("of heavy tails") {
    check(context, drawn<TestType>([&](auto& random) { return heavy(random); }), most_passes);
  }
  SECTION("of zeros of both signs, subnormals and what is not finite") {
    using Limits = std::numeric_limits<TestType>;
    const double odd[] = {0.0,
                          -0.0,
                          static_cast<double>(Limits::denorm_min()),
                          -3 * static_cast<double>(Limits::denorm_min()),
                          static_cast<double>(Limits::min()) / 3,
                          static_cast<double>(Limits::infinity()),
                          -static_cast<double>(Limits::infinity()),
                          static_cast<double>(Limits::quiet_NaN()),
                          1.0};
    check(context, drawn<TestType>([&](auto& random) { return odd[random() % std::size(odd)]; }), 4);
  }
  SECTION("of one value, and of none that is finite") {
    check(context, std::vector<TestType>(70'000, TestType(-0.1)), 1);
    const auto [statistics, passes] =
        measure_exactly(context, std::vector<TestType>(70'000, std::numeric_limits<TestType>::quiet_NaN()));
    CHECK(passes <= 1);
    CHECK(statistics.quantiles.values.empty());
    CHECK(statistics.histogram.counts.empty());
  }
}

TEMPLATE_TEST_CASE("all tensors together are counted beside each, in the same passes", "", float, double) {
  const StatsContext context = exact_context();
  std::normal_distribution<double> narrow(0, 0.02), wide(0.01, 0.05);
  const std::vector<std::vector<TestType>> tensors{
      drawn<TestType>([&](auto& random) { return narrow(random); }),
      drawn<TestType>([&](auto& random) { return wide(random); })};
  TotalStats totals(context);
  std::vector<TensorResult> results;
  std::vector<double> all;
  for (const auto& values : tensors) {
    const TensorTask task{dtype_of<TestType>(), values.size(), 0, all.size()};
    results.push_back(first_pass(context, task, std::as_bytes(std::span(values))));
    totals.add(task, "t", results.back());
    all.insert(all.end(), values.begin(), values.end());
  }
  auto [statistics, total] = totals.finish();
  while (!total->done()) {
    total->begin_pass();
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      ExactSearch* const own = results[i].search->done() ? nullptr : results[i].search.get();
      if (own != nullptr) own->begin_pass();
      ExactCounter(dtype_of<TestType>(), own, total.get())
          .count(std::as_bytes(std::span(tensors[i])), tensors[i].size());
      if (own != nullptr) own->end_pass();
    }
    total->end_pass();
  }
  total->complete(statistics);
  check_statistics(context, all, statistics);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    REQUIRE(results[i].search->done());
    results[i].search->complete(results[i].statistics);
    check_statistics(context, {tensors[i].begin(), tensors[i].end()}, results[i].statistics);
  }
}

TEST_CASE("exact quantiles and histograms of integers equal a full sort") {
  const StatsContext context = exact_context();
  check(context, drawn<std::int32_t>([](auto& random) { return static_cast<double>(random() % 1000) - 300; }),
        3);
  check(context, drawn<std::int32_t>([](auto& random) { return static_cast<double>(random() >> 33) - 1e9; }),
        3);
}
