#include <fmt/format.h>

#include <cmath>

#include "profile/finding_rules.hpp"
#include "weightsieve/base/text.hpp"
#include "weightsieve/tensor/index_text.hpp"

namespace weightsieve {
namespace {

// Rounding to nearest, ties to even (IEEE 754-2019, 4.3.1): from half a step beyond the largest number on, a
// value becomes infinite; up to half of the smallest, zero.
constexpr double kInfiniteInF16 = 65'520.0;
constexpr double kInfiniteInBf16 = 0x1.ffp127;
constexpr double kInfiniteInF32 = 0x1.ffffffp127;
constexpr int kZeroInF16 = -25;  // 2^-25 is half of the smallest number
constexpr int kZeroInBf16 = -134;
constexpr double kLargestF8 = 448;  // of E4M3, to which the greatest magnitude is scaled
constexpr double kMostForF8 = 464;  // what is greater is no number there: E4M3 has no infinity
constexpr int kZeroInF8 = -10;

constexpr double kFlushedShare = 0.01;

bool is_one_of(Dtype dtype, std::initializer_list<Dtype> list) noexcept {
  for (const Dtype one : list)
    if (one == dtype) return true;
  return false;
}

Found lost(const RuleInput& input, const Extreme& extreme, std::string_view how) {
  return {fmt::format("{:.6g} at {} {}", extreme.value.as_double(),
                      index_text(input.info.shape, extreme.index), how),
          {{"value", extreme.value}, {"index", Number(extreme.index)}}};
}

std::optional<Found> overflows(const RuleInput& input, std::string_view type, double limit) {
  const std::optional<Extreme> extreme = farthest(input.statistics);
  if (!extreme || extreme->value.magnitude() < Number(limit)) return std::nullopt;
  return lost(input, *extreme, fmt::format("becomes infinite in {}", type));
}

/// Values that are not zero and less than 2^exponent in magnitude.
std::uint64_t below_power(const MagnitudeHistogram& histogram, int exponent) noexcept {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < histogram.counts.size(); ++i)
    if (histogram.exponent_low + static_cast<int>(i) < exponent) count += histogram.counts[i];
  return count;
}

std::optional<Found> flushed(const RuleInput& input, int exponent, std::string_view how) {
  const ValueCounts& counts = input.statistics.counts;
  const MagnitudeHistogram& histogram = input.statistics.magnitude_histogram;
  const std::uint64_t nonzero = counts.negative + counts.positive;
  const std::uint64_t lost = below_power(histogram, exponent);
  if (nonzero < kLeastValues || lost == 0 ||
      static_cast<double>(lost) < kFlushedShare * static_cast<double>(nonzero))
    return std::nullopt;
  return Found{fmt::format("{}{} are less than 2^{} and become zero in {}", histogram.exact ? "" : "about ",
                           share_of(lost, nonzero, "nonzero values"), exponent, how),
               {{"flushed", Number(lost)}}};
}

}  // namespace

std::optional<Found> overflows_f16(const RuleInput& input) {
  if (!is_one_of(input.info.dtype, {Dtype::BF16, Dtype::F32, Dtype::F64})) return std::nullopt;
  return overflows(input, "F16", kInfiniteInF16);
}

std::optional<Found> overflows_bf16(const RuleInput& input) {
  if (!is_one_of(input.info.dtype, {Dtype::F32, Dtype::F64})) return std::nullopt;
  return overflows(input, "BF16", kInfiniteInBf16);
}

/// Of parameters: the running statistics of norms are large as a rule, and nobody casts them so far.
std::optional<Found> overflows_f8(const RuleInput& input) {
  if (input.info.role != Role::parameter) return std::nullopt;
  if (!is_one_of(input.info.dtype, {Dtype::F16, Dtype::BF16, Dtype::F32, Dtype::F64})) return std::nullopt;
  const std::optional<Extreme> extreme = farthest(input.statistics);
  if (!extreme || extreme->value.magnitude() <= Number(kMostForF8)) return std::nullopt;
  return lost(input, *extreme, "becomes NaN in F8_E4M3, unless the tensor is scaled");
}

std::optional<Found> overflows_f32(const RuleInput& input) {
  if (input.info.dtype != Dtype::F64) return std::nullopt;
  return overflows(input, "F32", kInfiniteInF32);
}

std::optional<Found> flushed_f16(const RuleInput& input) {
  if (!is_one_of(input.info.dtype, {Dtype::BF16, Dtype::F32, Dtype::F64})) return std::nullopt;
  return flushed(input, kZeroInF16, "F16");
}

/// Found where bins are exact: counts by the upper half of an F32 value do not tell what lies below that
/// power.
std::optional<Found> flushed_bf16(const RuleInput& input) {
  if (!is_one_of(input.info.dtype, {Dtype::F32, Dtype::F64})) return std::nullopt;
  return flushed(input, kZeroInBf16, "BF16");
}

/// With the scale that makes the greatest magnitude 448, values of up to 2^-10 / scale become zero: all that
/// lie in bins below the power of two below that, for certain.
std::optional<Found> flushed_f8(const RuleInput& input) {
  if (!is_one_of(input.info.dtype, {Dtype::F16, Dtype::BF16, Dtype::F32, Dtype::F64})) return std::nullopt;
  const std::optional<Extreme> extreme = farthest(input.statistics);
  if (!extreme) return std::nullopt;
  const double unit = extreme->value.magnitude().as_double() / kLargestF8;
  if (unit == 0) return std::nullopt;
  return flushed(input, std::ilogb(unit) + kZeroInF8, "F8_E4M3, scaled by the tensor's greatest magnitude");
}

}  // namespace weightsieve
