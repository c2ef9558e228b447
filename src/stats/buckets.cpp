#include "weightsieve/stats/buckets.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "stats/code_table.hpp"
#include "weightsieve/tensor/code_value.hpp"

namespace weightsieve {
namespace {

/// Translates between codes and where they stand among all codes of their dtype by value; NaN of
/// sign-magnitude types stand outside both ends.
class CodeRanks {
 public:
  explicit CodeRanks(Dtype dtype)
      : order_(code_order(dtype)), last_(static_cast<std::uint32_t>(code_space(dtype)) - 1) {}

  std::uint32_t rank(std::uint32_t code) const {
    const std::uint32_t sign = last_ / 2 + 1;
    if (order_ == CodeOrder::unsigned_integer) return code;
    if (order_ == CodeOrder::twos_complement) return code ^ sign;
    return (code & sign) != 0 ? last_ - code : sign + code;
  }

  std::uint32_t code(std::uint32_t rank) const {
    const std::uint32_t sign = last_ / 2 + 1;
    if (order_ == CodeOrder::unsigned_integer) return rank;
    if (order_ == CodeOrder::twos_complement) return rank ^ sign;
    return rank < sign ? last_ - rank : rank - sign;
  }

 private:
  CodeOrder order_;
  std::uint32_t last_;
};

template <class Count>
std::vector<CodeCount> codes_in(Dtype dtype, std::span<const Count> table) {
  const CodeRanks ranks(dtype);
  std::vector<CodeCount> codes;
  for (std::uint32_t block = 0; block < table.size(); block += kBlockCodes) {
    if (block_is_empty(table, ranks.code(block))) continue;
    for (std::uint32_t rank = block; rank < block + kBlockCodes; ++rank) {
      const std::uint32_t code = ranks.code(rank);
      if (table[code] != 0) codes.push_back({code, table[code]});
    }
  }
  return codes;
}

/// The least and greatest value whose upper 16 bits are `code`.
Bucket upper_half_bucket(Dtype dtype, std::uint32_t code) {
  double inner = 0, outer = 0;
  if (dtype == Dtype::F64) {
    const std::uint64_t bits = std::uint64_t{code} << 48;
    inner = std::bit_cast<double>(bits);
    outer = std::bit_cast<double>(bits | 0xFFFF'FFFF'FFFFu);
  } else {
    inner = static_cast<double>(std::bit_cast<float>(code << 16));
    outer = static_cast<double>(std::bit_cast<float>(code << 16 | 0xFFFFu));
  }
  return {std::min(inner, outer), std::max(inner, outer), 0};
}

std::uint32_t upper_half(Dtype dtype, double value) {
  if (dtype == Dtype::F64) return static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(value) >> 48);
  return std::bit_cast<std::uint32_t>(static_cast<float>(value)) >> 16;
}

bool finite_upper_half(Dtype dtype, std::uint32_t code) {
  const std::uint32_t exponent = dtype == Dtype::F64 ? 0x7FF0u : 0x7F80u;
  return (code & exponent) != exponent;
}

double least_subnormal(Dtype dtype) {
  return dtype == Dtype::F64 ? std::numeric_limits<double>::denorm_min()
                             : static_cast<double>(std::numeric_limits<float>::denorm_min());
}

/// The bucket of the smallest magnitudes of one sign, without its zeros.
Bucket beside_zero(Dtype dtype, bool negative) {
  Bucket bucket = upper_half_bucket(dtype, negative ? 0x8000u : 0u);
  (negative ? bucket.high : bucket.low) = negative ? -least_subnormal(dtype) : least_subnormal(dtype);
  return bucket;
}

bool by_low(const Bucket& a, const Bucket& b) { return a.low < b.low; }

}  // namespace

std::size_t code_space(Dtype dtype) noexcept {
  if (dtype == Dtype::F32 || dtype == Dtype::F64 || dtype == Dtype::C64) return 65'536;
  return is_coded(dtype) ? std::size_t{1} << dtype_info(dtype).bits : 0;
}

std::vector<CodeCount> occurring_codes(Dtype dtype, std::span<const std::uint64_t> table) {
  return codes_in(dtype, table);
}

std::vector<CodeCount> occurring_codes(Dtype dtype, std::span<const std::uint32_t> table) {
  return codes_in(dtype, table);
}

void sort_codes(Dtype dtype, std::vector<CodeCount>& codes) {
  const CodeRanks ranks(dtype);
  for (CodeCount& entry : codes)
    entry.code = ranks.rank(entry.code);
  std::ranges::sort(codes, {}, &CodeCount::code);
  for (CodeCount& entry : codes)
    entry.code = ranks.code(entry.code);
}

ValueCounts counts_of_codes(Dtype dtype, std::span<const CodeCount> codes) noexcept {
  ValueCounts counts;
  for (const auto& [code, count] : codes) {
    const double value = code_values(dtype)[code];
    if (std::isnan(value)) {
      counts.nan += count;
    } else if (value == 0) {
      counts.zero += count;
      if (std::signbit(value)) counts.negative_zero += count;
    } else {
      (value < 0 ? counts.negative : counts.positive) += count;
      if (std::isinf(value)) (value < 0 ? counts.negative_infinity : counts.positive_infinity) += count;
      if (is_subnormal_code(dtype, code)) counts.subnormal += count;
    }
  }
  return counts;
}

std::vector<WeightedValue> values_of_codes(Dtype dtype, std::span<const CodeCount> codes) {
  std::vector<WeightedValue> values;
  values.reserve(codes.size());
  for (const auto& [code, count] : codes) {
    const double value = code_values(dtype)[code];
    if (std::isfinite(value)) values.push_back({value, count});
  }
  return values;
}

CodeBuckets buckets_of_upper_half(Dtype dtype, const CodeCount& entry, const ValueCounts& counts) {
  CodeBuckets buckets;
  if (!finite_upper_half(dtype, entry.code)) return buckets;
  if ((entry.code & 0x7FFFu) != 0) {
    Bucket bucket = upper_half_bucket(dtype, entry.code);
    bucket.count = entry.count;
    buckets.add(bucket);
    return buckets;
  }
  const bool negative = entry.code != 0;
  const std::uint64_t zeros = negative ? counts.negative_zero : counts.zero - counts.negative_zero;
  Bucket rest = beside_zero(dtype, negative);
  rest.count = entry.count - zeros;
  if (negative && rest.count != 0) buckets.add(rest);
  if (zeros != 0) buckets.add({0, 0, zeros});
  if (!negative && rest.count != 0) buckets.add(rest);
  return buckets;
}

std::vector<Bucket> buckets_of_codes(Dtype dtype, std::span<const CodeCount> codes,
                                     const ValueCounts& counts) {
  std::vector<Bucket> buckets;
  buckets.reserve(codes.size() + 2);
  if (is_coded(dtype)) {
    for (const auto& [value, count] : values_of_codes(dtype, codes))
      buckets.push_back({value + 0.0, value + 0.0, count});
    return buckets;
  }
  for (const CodeCount& entry : codes) {
    for (const Bucket& bucket : buckets_of_upper_half(dtype, entry, counts))
      buckets.push_back(bucket);
  }
  return buckets;
}

std::vector<CodeCount> upper_halves(Dtype dtype, std::span<const double> values, const ValueCounts& counts) {
  std::vector<CodeCount> codes;
  const auto add = [&codes](std::uint32_t code, std::uint64_t count) {
    if (count == 0) return;
    if (codes.empty() || codes.back().code != code) codes.push_back({code, 0});
    codes.back().count += count;
  };
  const auto [zeros_begin, zeros_end] = std::equal_range(values.begin(), values.end(), 0.0);
  for (const double value : std::span(values.begin(), zeros_begin))
    add(upper_half(dtype, value), 1);
  add(0x8000, counts.negative_zero);
  add(0, counts.zero - counts.negative_zero);
  for (const double value : std::span(zeros_end, values.end()))
    add(upper_half(dtype, value), 1);
  return codes;
}

std::vector<Bucket> magnitudes(std::span<const Bucket> buckets) {
  const auto first_positive =
      std::ranges::find_if(buckets, [](const Bucket& bucket) { return bucket.low >= 0; }) - buckets.begin();
  const auto below_zero = buckets.first(static_cast<std::size_t>(first_positive));
  std::vector<Bucket> negative;
  negative.reserve(below_zero.size());
  for (auto bucket = below_zero.rbegin(); bucket != below_zero.rend(); ++bucket) {
    negative.push_back({std::max(-bucket->high, 0.0), -bucket->low, bucket->count});
  }
  if (!std::ranges::is_sorted(negative, by_low)) std::ranges::stable_sort(negative, by_low);
  std::vector<Bucket> merged;
  merged.reserve(buckets.size());
  const auto positive = buckets.subspan(static_cast<std::size_t>(first_positive));
  std::merge(negative.begin(), negative.end(), positive.begin(), positive.end(), std::back_inserter(merged),
             by_low);
  return merged;
}

}  // namespace weightsieve
