#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "profile/finding_rules.hpp"
#include "weightsieve/base/text.hpp"
#include "weightsieve/tensor/index_text.hpp"

namespace weightsieve {
namespace {

/// Scaled to its greatest magnitude, a tensor in 8 bits has steps of 1/127 of it: from 50 standard deviations
/// on, such a step is 0.4 of one, and all but the outliers share a handful of codes.
constexpr double kOutlierDeviations = 50;

constexpr double kSubnormalShare = 0.01;

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}", grouped(count), what);
}

bool is_floating(Dtype dtype) noexcept { return dtype_info(dtype).kind == ValueKind::floating; }

std::string dead_text(std::string_view what, std::uint64_t dead, std::uint64_t all, std::uint64_t first) {
  if (dead == 1) return fmt::format("{} {} of {} is all zero", what, grouped(first), grouped(all));
  return fmt::format("{} of {} {}s are all zero, the first is {} {}", grouped(dead), grouped(all), what, what,
                     grouped(first));
}

/// The largest finite number of the 16-bit floating types: what clipping leaves. 8-bit types are mostly
/// scaled so that their greatest magnitude is the largest number.
std::optional<double> largest_of_half(Dtype dtype) noexcept {
  if (dtype == Dtype::F16) return 65'504.0;
  if (dtype == Dtype::BF16) return 0x1.fep127;
  return std::nullopt;
}

bool ends_in(std::string_view name, std::string_view part) noexcept {
  if (!name.ends_with(part)) return false;
  name.remove_suffix(part.size());
  return name.empty() || name.ends_with('.') || name.ends_with('/');
}

bool has_sibling(const RuleInput& input, std::string_view without, std::string_view with) {
  std::string name = input.info.name;
  name.resize(name.size() - without.size());
  return input.names.contains(name.append(with));
}

/// How the common quantisers name the integers in which they pack several numbers.
std::optional<std::string_view> packer_of(const RuleInput& input) {
  const TensorInfo& info = input.info;
  const ValueKind kind = dtype_info(info.dtype).kind;
  if (kind != ValueKind::signed_integer && kind != ValueKind::unsigned_integer) return std::nullopt;
  for (const std::string_view part : {"qweight", "qzeros"})
    if (ends_in(info.name, part)) return "GPTQ and AWQ";
  for (const std::string_view part : {"weight_packed", "weight_zero_point"})
    if (ends_in(info.name, part) && dtype_info(info.dtype).bits == 32) return "compressed-tensors";
  if (info.dtype != Dtype::U8) return std::nullopt;
  if (has_sibling(input, "", ".absmax")) return "bitsandbytes";
  constexpr std::string_view blocks = "_blocks";
  if (info.name.ends_with(blocks) && has_sibling(input, blocks, "_scales")) return "MXFP4 checkpoints";
  return std::nullopt;
}

}  // namespace

std::string share_of(std::uint64_t part, std::uint64_t whole, std::string_view what) {
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  return fmt::format("{} of {} ({:.3g} %)", grouped(part), counted(whole, what), percent);
}

std::optional<Extreme> farthest(const Statistics& statistics) {
  if (!statistics.min || !statistics.max) return std::nullopt;
  return statistics.min->value.magnitude() > statistics.max->value.magnitude() ? statistics.min
                                                                               : statistics.max;
}

std::optional<Found> non_finite(const RuleInput& input) {
  const ValueCounts& counts = input.statistics.counts;
  Found found;
  const auto add = [&found](std::string_view name, std::uint64_t count, std::string_view what) {
    found.figures.push_back({std::string(name), Number(count)});
    if (count == 0) return;
    if (!found.message.empty()) found.message += ", ";
    found.message += counted(count, what);
  };
  add("nan", counts.nan, "NaN");
  add("positive_infinity", counts.positive_infinity, "+infinity");
  add("negative_infinity", counts.negative_infinity, "-infinity");
  if (found.message.empty()) return std::nullopt;
  found.message += fmt::format(" among {}", counted(counts.values(), "values"));
  return found;
}

std::optional<Found> all_zero(const RuleInput& input) {
  const ValueCounts& counts = input.statistics.counts;
  if (counts.values() < 2 || counts.zero != counts.values()) return std::nullopt;
  return Found{fmt::format("all {} are zero", counted(counts.values(), "values")), {}};
}

std::optional<Found> constant(const RuleInput& input) {
  const Statistics& statistics = input.statistics;
  const ValueCounts& counts = statistics.counts;
  const bool all_finite = counts.finite() == counts.values();
  if (counts.values() < 2 || !all_finite || !statistics.min || !statistics.max) return std::nullopt;
  const Number& value = statistics.min->value;
  if (value != statistics.max->value || value == Number(0.0)) return std::nullopt;
  return Found{fmt::format("all {} are {}", counted(counts.values(), "values"), value.text()),
               {{"value", value}}};
}

std::optional<Found> dead_rows(const RuleInput& input) {
  if (input.zeros == nullptr || input.zeros->dead_rows == 0) return std::nullopt;
  const ZeroPattern& zeros = *input.zeros;
  return Found{dead_text("row", zeros.dead_rows, zeros.rows, zeros.first_dead_row),
               {{"dead_rows", Number(zeros.dead_rows)},
                {"rows", Number(zeros.rows)},
                {"first_dead_row", Number(zeros.first_dead_row)}}};
}

std::optional<Found> dead_columns(const RuleInput& input) {
  if (input.zeros == nullptr || input.zeros->dead_columns == 0) return std::nullopt;
  const ZeroPattern& zeros = *input.zeros;
  return Found{dead_text("column", zeros.dead_columns, zeros.columns, zeros.first_dead_column),
               {{"dead_columns", Number(zeros.dead_columns)},
                {"columns", Number(zeros.columns)},
                {"first_dead_column", Number(zeros.first_dead_column)}}};
}

std::optional<Found> two_of_four(const RuleInput& input) {
  if (input.zeros == nullptr || !input.zeros->two_of_four) return std::nullopt;
  const ValueCounts& counts = input.statistics.counts;
  return Found{
      "of every four values in a row at least two are zero: 2:4 structure, which sparse tensor cores use",
      {{"zero", Number(counts.zero)}}};
}

std::optional<Found> outlier(const RuleInput& input) {
  const Statistics& statistics = input.statistics;
  const std::optional<Extreme> extreme = farthest(statistics);
  if (!is_floating(input.info.dtype) || statistics.counts.finite() < kLeastValues || !extreme ||
      !statistics.mean || statistics.std.value_or(0) == 0)
    return std::nullopt;
  const double deviations = std::abs(extreme->value.as_double() - *statistics.mean) / *statistics.std;
  if (deviations < kOutlierDeviations) return std::nullopt;
  Found found{
      fmt::format("{:.6g} at {} is {:.1f} standard deviations from the mean", extreme->value.as_double(),
                  index_text(input.info.shape, extreme->index), deviations),
      {{"value", extreme->value},
       {"index", Number(extreme->index)},
       {"standard_deviations", Number(deviations)}}};
  if (statistics.excess_kurtosis) {
    found.message += fmt::format("; excess kurtosis {:.4g}", *statistics.excess_kurtosis);
    found.figures.push_back({"excess_kurtosis", Number(*statistics.excess_kurtosis)});
  }
  return found;
}

std::optional<Found> saturated(const RuleInput& input) {
  const std::optional<double> largest = largest_of_half(input.info.dtype);
  const std::optional<Extreme> extreme = farthest(input.statistics);
  if (!largest || !extreme || extreme->value.magnitude() != Number(*largest)) return std::nullopt;
  return Found{fmt::format("{} at {} is the largest number that {} has: a cast may have clipped it",
                           extreme->value.text(), index_text(input.info.shape, extreme->index),
                           dtype_info(input.info.dtype).name),
               {{"value", extreme->value}, {"index", Number(extreme->index)}}};
}

std::optional<Found> subnormal(const RuleInput& input) {
  const ValueCounts& counts = input.statistics.counts;
  const std::uint64_t nonzero = counts.negative + counts.positive;
  if (!is_floating(input.info.dtype) || dtype_info(input.info.dtype).bits < 16 || nonzero < 2 ||
      static_cast<double>(counts.subnormal) < kSubnormalShare * static_cast<double>(nonzero))
    return std::nullopt;
  return Found{share_of(counts.subnormal, nonzero, "nonzero values") + " are subnormal",
               {{"subnormal", Number(counts.subnormal)}}};
}

std::optional<Found> packed_integers(const RuleInput& input) {
  const auto packer = packer_of(input);
  if (!packer) return std::nullopt;
  return Found{
      fmt::format("integers in which, by their name, {} pack several weights: these statistics are of "
                  "the integers and say nothing of the weights",
                  *packer),
      {}};
}

}  // namespace weightsieve
