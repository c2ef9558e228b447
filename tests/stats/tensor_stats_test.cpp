#include "weightsieve/stats/tensor_stats.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "weightsieve/stats/histograms.hpp"
#include "weightsieve/stats/total_stats.hpp"
#include "weightsieve/tensor/code_value.hpp"

using namespace weightsieve;

namespace {

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// Measures `elements` elements in units of `unit_chunks` chunks.
TensorResult measure(const StatsContext& context, const TensorTask& task, Bytes bytes,
                     std::uint64_t unit_chunks) {
  TensorStats stats(context, task);
  const std::uint64_t bits = dtype_info(task.dtype).bits;
  for (std::uint64_t first = 0; first < task.elements; first += unit_chunks * kChunkElements) {
    UnitStats unit(context, task);
    const std::uint64_t end = std::min(task.elements, first + unit_chunks * kChunkElements);
    for (std::uint64_t chunk = first; chunk < end; chunk += kChunkElements) {
      const std::uint64_t count = std::min(kChunkElements, end - chunk);
      unit.add_chunk(bytes.subspan(chunk * bits / 8, count * bits / 8), chunk);
    }
    stats.merge(std::move(unit));
  }
  return std::move(stats).finish();
}

std::vector<float> normal_values(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, 0.02f);
  std::vector<float> values(count);
  for (float& value : values)
    value = normal(random);
  return values;
}

bool same(const Statistics& a, const Statistics& b) {
  const auto equal = [](const QuantileSet& x, const QuantileSet& y) {
    return x.method == y.method &&
           std::ranges::equal(x.values, y.values, [](const Quantile& p, const Quantile& q) {
             return p.value == q.value && p.low == q.low && p.high == q.high;
           });
  };
  return a.counts == b.counts && a.mean == b.mean && a.std == b.std && a.skewness == b.skewness &&
         a.excess_kurtosis == b.excess_kurtosis && a.min->index == b.min->index &&
         a.max->index == b.max->index && equal(a.quantiles, b.quantiles) &&
         equal(a.magnitude_quantiles, b.magnitude_quantiles) && a.histogram.counts == b.histogram.counts &&
         a.magnitude_histogram.counts == b.magnitude_histogram.counts;
}

}  // namespace

TEST_CASE("the least magnitude of values on both sides of zero is bounded, not made up") {
  auto values = normal_values(100'000, 12);
  float least = 1;
  for (float& value : values) {
    if (value == 0) value = 1;
    least = std::min(least, std::fabs(value));
  }
  const TensorTask task{Dtype::F32, values.size(), 1, std::nullopt};
  for (const QuantileChoice choice : {QuantileChoice::automatic, QuantileChoice::reservoir}) {
    StatsContext context;
    context.options.quantile_method = choice;
    const Quantile quantile =
        measure(context, task, bytes_of(values), 1).statistics.magnitude_quantiles.values[0];
    CHECK(quantile.low <= static_cast<double>(least));
    CHECK(static_cast<double>(least) <= quantile.high);
  }
}

TEST_CASE("how chunks are grouped into units never shows") {
  const auto values = normal_values(5 * kChunkElements + 12'345, 3);
  const auto bytes = bytes_of(values);
  for (const QuantileChoice choice : {QuantileChoice::automatic, QuantileChoice::reservoir}) {
    StatsContext context;
    context.options.quantile_method = choice;
    const TensorTask task{Dtype::F32, values.size(), 1, std::nullopt};
    const TensorResult one = measure(context, task, bytes, 1);
    for (const std::uint64_t grouping : {2u, 3u, 16u}) {
      CHECK(same(one.statistics, measure(context, task, bytes, grouping).statistics));
    }
  }
}

TEST_CASE("the first of equal extremes is the one that is named") {
  std::vector<std::uint16_t> codes(2 * kChunkElements + 100, 0x3C00);
  codes[kChunkElements + 7] = codes[kChunkElements + 9] = codes[2 * kChunkElements + 5] = 0xC400;
  codes[3] = 0x7E00;
  codes[2 * kChunkElements + 50] = 0x4000;
  const StatsContext context;
  const auto result = measure(context, {Dtype::F16, codes.size(), 1, std::nullopt}, bytes_of(codes), 2);
  CHECK(result.statistics.min->value.as_double() == -4);
  CHECK(result.statistics.min->index == kChunkElements + 7);
  CHECK(result.statistics.max->value.as_double() == 2);
  CHECK(result.statistics.max->index == 2 * kChunkElements + 50);
  CHECK(result.statistics.counts.nan == 1);
  CHECK(result.statistics.counts.negative == 3);
}

TEST_CASE("a small tensor and the same values in chunks agree wherever both are exact") {
  std::mt19937_64 random(8);
  for (const Dtype dtype : all_dtypes()) {
    if (!is_coded(dtype)) continue;
    std::vector<std::uint8_t> raw(kSmallElements * dtype_info(dtype).bits / 8);
    for (auto& byte : raw)
      byte = static_cast<std::uint8_t>(random());
    const StatsContext context;
    const TensorTask task{dtype, kSmallElements, 1, std::nullopt};
    const auto bytes = bytes_of(raw);
    const TensorResult small = measure_small(context, task, bytes);
    const TensorResult counted = measure(context, task, bytes, 1);
    INFO(dtype_info(dtype).name);
    CHECK(same(small.statistics, counted.statistics));
    CHECK(small.statistics.quantiles.method == QuantileMethod::exact);
  }
}

TEST_CASE("F32 of one chunk is exact at once, whatever the method: as further passes have it") {
  auto values = normal_values(kChunkElements - 5, 21);
  values[100] = std::numeric_limits<float>::quiet_NaN();
  values[200] = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 300; i < 50'000; ++i)
    values[i] = i % 3 == 0 ? 0.0f : i % 3 == 1 ? -0.0f : 1e-41f;
  std::vector<double> sorted;
  for (const float value : values)
    if (std::isfinite(value)) sorted.push_back(static_cast<double>(value) + 0.0);
  std::ranges::sort(sorted);
  const TensorTask task{Dtype::F32, values.size(), 1, std::nullopt};
  REQUIRE(task.at_once());
  REQUIRE_FALSE(TensorTask{Dtype::F32, kChunkElements + 1, 1, std::nullopt}.at_once());
  for (const QuantileChoice choice :
       {QuantileChoice::automatic, QuantileChoice::reservoir, QuantileChoice::exact}) {
    StatsContext context;
    context.options.quantile_method = choice;
    const TensorResult result = measure_at_once(context, task, bytes_of(values));
    const Statistics& statistics = result.statistics;
    CHECK_FALSE(result.search);
    CHECK(statistics.histogram.exact);
    CHECK(statistics.magnitude_histogram.exact);
    CHECK(statistics.quantiles.method == QuantileMethod::exact);
    const QuantileSet expected = exact_quantiles(sorted, context.options.quantiles);
    for (std::size_t i = 0; i < expected.values.size(); ++i)
      CHECK(statistics.quantiles.values[i].value == expected.values[i].value);
    const Bins bins(sorted.front(), sorted.back(), context.options.bins);
    CHECK(statistics.histogram.counts == value_histogram(sorted, bins).counts);
    context.options.quantile_method = QuantileChoice::automatic;
    const Statistics counted = measure(context, task, bytes_of(values), 1).statistics;
    CHECK(statistics.counts == counted.counts);
    CHECK(statistics.mean == counted.mean);
    CHECK(statistics.excess_kurtosis == counted.excess_kurtosis);
    CHECK(statistics.min->index == counted.min->index);
  }
}

TEST_CASE("complex numbers count as their real and imaginary parts, indexed by element") {
  const std::vector<float> parts{1, -2, 0, 5, -0.0f, 3};
  const TensorResult result = measure_small({}, {Dtype::C64, 3, 1, std::nullopt}, bytes_of(parts));
  CHECK(result.statistics.counts.values() == 6);
  CHECK(result.statistics.counts.zero == 2);
  CHECK(result.statistics.counts.negative_zero == 1);
  CHECK(result.statistics.min->index == 0);
  CHECK(result.statistics.max->index == 1);
}

TEST_CASE("an empty tensor has counts of nothing and no statistics") {
  for (const Dtype dtype : {Dtype::F32, Dtype::BF16, Dtype::I64}) {
    const TensorResult result = measure_small({}, {dtype, 0, 1, std::nullopt}, {});
    CHECK(result.statistics.counts.values() == 0);
    CHECK_FALSE(result.statistics.min);
    CHECK_FALSE(result.statistics.mean);
    CHECK(result.statistics.quantiles.values.empty());
    CHECK(result.statistics.histogram.counts.empty());
  }
}

TEST_CASE("a constant tensor has no spread and no shape") {
  const std::vector<double> values(100'000, 0.1);
  const auto result = measure({}, {Dtype::F64, values.size(), 1, std::nullopt}, bytes_of(values), 1);
  CHECK(result.statistics.mean == 0.1);
  CHECK(result.statistics.std == 0.0);
  CHECK_FALSE(result.statistics.skewness);
  CHECK_FALSE(result.statistics.excess_kurtosis);
}

TEST_CASE("a sample that holds every value is exact") {
  const auto values = normal_values(100'000, 13);
  StatsContext context;
  context.options.sample = values.size();
  context.options.quantile_method = QuantileChoice::reservoir;
  const auto result = measure(context, {Dtype::F32, values.size(), 1, std::nullopt}, bytes_of(values), 1);
  CHECK(result.statistics.quantiles.method == QuantileMethod::exact);
  CHECK(result.statistics.histogram.exact);
}

TEST_CASE("moments whose powers do not fit a double are absent, never zero or infinite") {
  const auto of = [](const std::vector<double>& values) {
    return measure_small({}, {Dtype::F64, values.size(), 1, std::nullopt}, bytes_of(values)).statistics;
  };
  for (const double scale : {1e-300, 1e-200, 1e200, 1e300}) {
    const Statistics spread = of({scale, 2 * scale, 4 * scale});
    CHECK(spread.mean);
    CHECK_FALSE(spread.std);
    CHECK_FALSE(spread.l2);
    CHECK_FALSE(spread.skewness);
    const Statistics constant = of({-scale, -scale, -scale, -scale});
    CHECK(constant.std == 0.0);
    CHECK(constant.rms == scale);
    CHECK(constant.l2 == 2 * scale);
  }
  const Statistics fourth_powers_lost = of({1e-100, 2e-100, 4e-100});
  CHECK(fourth_powers_lost.std.value() == Approx(1.2472191289246471e-100).epsilon(1e-13).margin(0));
  CHECK_FALSE(fourth_powers_lost.excess_kurtosis);
}

TEST_CASE("totals over narrow dtypes are exact, over F32 a sketch whose bounds hold") {
  std::mt19937_64 random(4);
  StatsContext context;
  TotalStats totals(context);
  std::vector<double> all;
  const auto add_bf16 = [&](std::size_t count) {
    std::vector<std::uint16_t> codes(count);
    for (auto& code : codes)
      code = static_cast<std::uint16_t>(random() % 0x7F80 | (random() & 1) << 15);
    for (const auto code : codes)
      all.push_back(code_value(Dtype::BF16, code));
    const TensorTask task{Dtype::BF16, count, 1, all.size() - count};
    totals.add(task, "b", measure_small(context, task, bytes_of(codes)));
  };
  add_bf16(3'000);
  add_bf16(70);
  const auto exact = totals.finish();
  std::ranges::sort(all);
  CHECK(exact.statistics.quantiles.method == QuantileMethod::exact);
  const QuantileSet expected = exact_quantiles(all, context.options.quantiles);
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    CHECK(exact.statistics.quantiles.values[i].value == expected.values[i].value);
  }
  const auto values = normal_values(2'000, 9);
  const TensorTask task{Dtype::F32, values.size(), 2, all.size()};
  totals.add(task, "f", measure_small(context, task, bytes_of(values)));
  all.insert(all.end(), values.begin(), values.end());
  std::ranges::sort(all);
  const auto sketch = totals.finish();
  CHECK(sketch.statistics.quantiles.method == QuantileMethod::sketch);
  const QuantileSet truth = exact_quantiles(all, context.options.quantiles);
  for (std::size_t i = 0; i < truth.values.size(); ++i) {
    CHECK(sketch.statistics.quantiles.values[i].low <= truth.values[i].value);
    CHECK(truth.values[i].value <= sketch.statistics.quantiles.values[i].high);
  }
  CHECK(sketch.statistics.counts.values() == all.size());
}
