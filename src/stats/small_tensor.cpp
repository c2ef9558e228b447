#include <algorithm>
#include <bit>
#include <cmath>

#include "stats/code_table.hpp"
#include "stats/finish.hpp"
#include "stats/float_key.hpp"
#include "stats/measure.hpp"
#include "stats/radix_sort.hpp"
#include "stats/wide_type.hpp"

namespace weightsieve {
namespace {

/// Codes that occur, without walking a table of 65,536 for a bias of a few hundred values: `table` is all
/// zeros before and after.
std::vector<CodeCount> distinct_codes(Dtype dtype, Bytes bytes, std::uint64_t elements) {
  thread_local std::vector<std::uint32_t> table;
  table.resize(65'536);
  count_codes(dtype, bytes, elements, table);
  std::vector<CodeCount> codes;
  for (std::uint64_t i = 0; i < elements; ++i) {
    const std::uint32_t code = code_at(dtype, bytes, i);
    if (table[code] != 0) codes.push_back({code, table[code]});
    table[code] = 0;
  }
  sort_codes(dtype, codes);
  return codes;
}

void note_extremes(Dtype dtype, Bytes bytes, std::uint64_t elements, const std::vector<CodeCount>& codes,
                   Tally& tally) {
  const std::span<const double> values = code_values(dtype);
  const auto is_finite = [values](const CodeCount& entry) { return std::isfinite(values[entry.code]); };
  const auto least = std::find_if(codes.begin(), codes.end(), is_finite);
  if (least == codes.end()) return;
  const auto greatest = std::find_if(codes.rbegin(), codes.rend(), is_finite);
  const auto extreme = [&](std::uint32_t code) {
    return Extreme{Number(values[code]), find_value(dtype, bytes, elements, code), {}};
  };
  tally.min = extreme(least->code);
  tally.max = extreme(greatest->code);
}

void measure_coded(const StatsContext& context, const TensorTask& task, Bytes bytes, TensorResult& result) {
  result.codes = distinct_codes(task.dtype, bytes, task.elements);
  const std::vector<WeightedValue> values = values_of_codes(task.dtype, result.codes);
  Tally tally(context.options);
  tally_codes(task.dtype, result.codes, tally);
  note_extremes(task.dtype, bytes, task.elements, result.codes, tally);
  result.moments = moments_of(values);
  result.statistics = statistics_of(tally, result.moments);
  describe_buckets(buckets_of_codes(task.dtype, result.codes, tally.counts), {}, context.options,
                   result.statistics);
}

std::vector<double> sorted_floats(Bytes bytes, std::uint64_t count) {
  constexpr std::uint32_t exponent = 0x7F80'0000;
  std::vector<std::uint32_t> keys;
  keys.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto bits = load<std::uint32_t>(bytes.data() + i * 4);
    if ((bits & exponent) != exponent) keys.push_back(float_key(bits));
  }
  radix_sort(keys);
  std::vector<double> values(keys.size());
  std::ranges::transform(keys, values.begin(), value_of_float_key);
  return values;
}

/// Finite values, ascending, zeros positive.
std::vector<double> sorted_values(Dtype dtype, Bytes bytes, std::uint64_t count) {
  if (wide_type(dtype) == WideType::f32) return sorted_floats(bytes, count);
  std::vector<double> values;
  values.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const double value = value_at(dtype, bytes, i);
    if (std::isfinite(value)) values.push_back(value + 0.0);
  }
  radix_sort(values);
  return values;
}

std::vector<WeightedValue> weighted(std::span<const Bucket> buckets) {
  std::vector<WeightedValue> values;
  values.reserve(buckets.size());
  for (const Bucket& bucket : buckets)
    values.push_back({bucket.low, bucket.count});
  return values;
}

void measure_wide_values(const StatsContext& context, const TensorTask& task, Bytes bytes,
                         TensorResult& result) {
  Tally tally(context.options);
  result.moments = measure_wide(task, bytes, 0, task.values(), context.options, nullptr, tally);
  result.statistics = statistics_of(tally, result.moments);
  const std::vector<double> values = sorted_values(task.dtype, bytes, task.values());
  describe_values(values, context.options, result.statistics);
  if (code_space(task.dtype) == 0) {
    result.integers = weighted(buckets_of_values(values));
  } else {
    result.codes = upper_halves(task.dtype, values, tally.counts);
  }
}

}  // namespace

TensorResult measure_small(const StatsContext& context, const TensorTask& task, Bytes bytes) {
  TensorResult result;
  if (is_coded(task.dtype)) {
    measure_coded(context, task, bytes, result);
  } else {
    measure_wide_values(context, task, bytes, result);
  }
  if (context.total_sample && task.total_first) {
    collect_sample(*context.total_sample, task.dtype, bytes, *task.total_first, task.values(),
                   result.total_sample);
  }
  return result;
}

std::vector<Bucket> distinct_values(Dtype dtype, Bytes bytes, std::uint64_t elements) {
  return buckets_of_values(sorted_values(dtype, bytes, elements * values_per_element(dtype)));
}

}  // namespace weightsieve
