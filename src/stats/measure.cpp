#include "stats/measure.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "stats/code_table.hpp"
#include "stats/wide_type.hpp"

namespace weightsieve {
namespace {

ValueCounts counts_of(const WideSummary& summary) noexcept {
  return {.zero = summary.zero,
          .negative_zero = summary.negative_zero,
          .negative = summary.negative,
          .positive = summary.positive,
          .nan = summary.nan,
          .positive_infinity = summary.positive_infinity,
          .negative_infinity = summary.negative_infinity,
          .subnormal = summary.subnormal};
}

void count_nibbles(Bytes bytes, std::vector<std::uint32_t>& counts) {
  std::array<std::uint32_t, 256> pairs{};
  kernels().count8(bytes.data(), bytes.size(), pairs.data());
  for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
    counts[pair & 15] += pairs[pair];
    counts[pair >> 4] += pairs[pair];
  }
}

std::uint64_t find_code(Dtype dtype, Bytes bytes, std::uint64_t elements, std::uint32_t code) noexcept {
  if (dtype == Dtype::F4) {
    std::uint64_t at = 0;
    while (at < elements && code_at(dtype, bytes, at) != code)
      ++at;
    return at;
  }
  if (dtype_info(dtype).bits == 16)
    return kernels().find16(bytes.data(), elements, static_cast<std::uint16_t>(code));
  return kernels().find8(bytes.data(), elements, static_cast<std::uint8_t>(code));
}

template <class T>
void append_wide_values(Bytes bytes, std::span<const std::uint64_t> positions, std::uint64_t first,
                        std::vector<double>& out) {
  // What was read a chunk ago is out of the cache's nearer levels: fetched all at once instead of one by one
  // (8-byte values: from an eighth of the whole pass to nothing).
  for (const std::uint64_t position : positions)
    __builtin_prefetch(bytes.data() + (position - first) * sizeof(T));
  const std::size_t before = out.size();
  out.resize(before + positions.size());
  double* value = out.data() + before;
  for (const std::uint64_t position : positions)
    *value++ = static_cast<double>(load<T>(bytes.data() + (position - first) * sizeof(T)));
}

/// Appends the values at ascending positions, counted from the one that `bytes` begin with, which is `first`.
void append_values(Dtype dtype, Bytes bytes, std::span<const std::uint64_t> positions, std::uint64_t first,
                   std::vector<double>& out) {
  if (!is_coded(dtype) && wide_type(dtype) == WideType::f32)
    return append_wide_values<float>(bytes, positions, first, out);
  if (!is_coded(dtype) && wide_type(dtype) == WideType::f64)
    return append_wide_values<double>(bytes, positions, first, out);
  for (const std::uint64_t position : positions)
    out.push_back(value_at(dtype, bytes, position - first));
}

/// Every byte but 0 is true.
std::uint64_t find_true(Bytes bytes, std::uint64_t elements) noexcept {
  std::uint64_t at = 0;
  while (at < elements && bytes[at] == std::byte{0})
    ++at;
  return at;
}

}  // namespace

std::uint32_t code_at(Dtype dtype, Bytes bytes, std::uint64_t index) noexcept {
  if (dtype == Dtype::F4) return std::to_integer<std::uint32_t>(bytes[index / 2]) >> (index % 2 * 4) & 15;
  if (dtype_info(dtype).bits == 16) return load<std::uint16_t>(bytes.data() + index * 2);
  return std::to_integer<std::uint32_t>(bytes[index]);
}

Moments measure_wide(const TensorTask& task, Bytes bytes, std::uint64_t first_value, std::uint64_t values,
                     const StatsOptions& options, std::uint32_t* top16, Tally& tally) {
  const WideType type = wide_type(task.dtype);
  const std::size_t intervals = options.intervals.size();
  std::vector<double> low, high;
  for (const auto& [from, to] : options.intervals) {
    low.push_back(from);
    high.push_back(to);
  }
  std::vector<std::uint64_t> below(intervals), above(intervals);
  WideSummary summary{};
  kernels().summarize[static_cast<std::size_t>(type)](bytes.data(), values,
                                                      {low.data(), high.data(), intervals}, below.data(),
                                                      above.data(), top16, &summary);
  Tally chunk(options);
  chunk.counts = counts_of(summary);
  if (summary.finite != 0) {
    const std::uint64_t per_element = values_per_element(task.dtype);
    chunk.min = {number_of_bits(type, summary.min_bits), (first_value + summary.argmin) / per_element, {}};
    chunk.max = {number_of_bits(type, summary.max_bits), (first_value + summary.argmax) / per_element, {}};
  }
  for (std::size_t i = 0; i < intervals; ++i) {
    chunk.intervals[i].below = below[i];
    chunk.intervals[i].above = above[i];
  }
  tally.merge(chunk);
  return moments_of(summary);
}

void tally_codes(Dtype dtype, std::span<const CodeCount> codes, Tally& tally) {
  tally.counts = counts_of_codes(dtype, codes);
  for (const auto& [code, count] : codes) {
    const double value = code_values(dtype)[code];
    for (IntervalCount& interval : tally.intervals) {
      if (value < interval.low) interval.below += count;
      if (value > interval.high) interval.above += count;
    }
  }
}

std::uint64_t find_value(Dtype dtype, Bytes bytes, std::uint64_t elements, std::uint32_t code) noexcept {
  if (dtype == Dtype::BOOL && code != 0) return find_true(bytes, elements);
  const std::uint64_t first = find_code(dtype, bytes, elements, code);
  const std::span<const double> values = code_values(dtype);
  const auto other_sign = code ^ static_cast<std::uint32_t>(values.size() / 2);
  if (values[code] != values[other_sign]) return first;
  return std::min(first, find_code(dtype, bytes, first, other_sign));
}

void count_codes(Dtype dtype, Bytes bytes, std::uint64_t elements, std::vector<std::uint32_t>& counts) {
  if (dtype == Dtype::F4) return count_nibbles(bytes, counts);
  const auto count = dtype_info(dtype).bits == 16 ? kernels().count16 : kernels().count8;
  count(bytes.data(), elements, counts.data());
}

double value_at(Dtype dtype, Bytes bytes, std::uint64_t index) noexcept {
  if (is_coded(dtype)) return code_values(dtype)[code_at(dtype, bytes, index)];
  switch (wide_type(dtype)) {
    case WideType::f32:
      return static_cast<double>(load<float>(bytes.data() + index * 4));
    case WideType::f64:
      return load<double>(bytes.data() + index * 8);
    case WideType::i32:
      return load<std::int32_t>(bytes.data() + index * 4);
    case WideType::u32:
      return load<std::uint32_t>(bytes.data() + index * 4);
    case WideType::i64:
      return static_cast<double>(load<std::int64_t>(bytes.data() + index * 8));
    case WideType::u64:
      break;
  }
  return static_cast<double>(load<std::uint64_t>(bytes.data() + index * 8));
}

void collect_sample(const SamplePlan& plan, Dtype dtype, Bytes bytes, std::uint64_t first,
                    std::uint64_t count, std::vector<double>& out) {
  if (count == 0) return;
  if (out.empty()) out.reserve(plan.slot_at(first + count) - plan.slot_at(first) + 1);
  std::array<std::uint64_t, 64> room;
  std::uint64_t end = 0;
  for (std::uint64_t slot = plan.slot_at(first); slot < plan.size() && end < first + count;) {
    const std::span batch(room.data(), std::min<std::uint64_t>(room.size(), plan.size() - slot));
    plan.positions(slot, batch);
    slot += batch.size();
    end = batch.back();
    const auto begin = std::ranges::lower_bound(batch, first);
    append_values(dtype, bytes, {begin, std::lower_bound(begin, batch.end(), first + count)}, first, out);
  }
}

}  // namespace weightsieve
