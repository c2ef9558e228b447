#include "stats/wire_counts.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "weightsieve/base/error.hpp"

namespace weightsieve {
namespace {

/// Integers as their digits: which of two 64-bit types stores one says nothing.
void write_number(WireWriter& out, const Number& number) {
  out.count(number.is_integer() ? 1 : 0);
  if (number.is_integer()) {
    out.text(number.text());
  } else {
    out.put(number.as_double());
  }
}

template <class T>
std::optional<Number> parse_integer(std::string_view digits) {
  T value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Number(value);
}

Number read_number(WireReader& in) {
  if (in.truth()) {
    const std::string_view digits = in.text();
    const auto number =
        digits.starts_with('-') ? parse_integer<std::int64_t>(digits) : parse_integer<std::uint64_t>(digits);
    if (!number) fail_wire("an extreme that is no number");
    return *number;
  }
  const auto real = in.get<double>();
  if (!std::isfinite(real)) fail_wire("an extreme that is not finite");
  return Number(real);
}

void write_extreme(WireWriter& out, const std::optional<Extreme>& extreme) {
  out.count(extreme ? 1 : 0);
  if (!extreme) return;
  write_number(out, extreme->value);
  out.count(extreme->index);
}

std::optional<Extreme> read_extreme(WireReader& in) {
  if (!in.truth()) return std::nullopt;
  Extreme extreme;
  extreme.value = read_number(in);
  extreme.index = in.count();
  return extreme;
}

void write_counts(WireWriter& out, const ValueCounts& counts) {
  for (const std::uint64_t count :
       {counts.zero, counts.negative_zero, counts.negative, counts.positive, counts.nan,
        counts.positive_infinity, counts.negative_infinity, counts.subnormal})
    out.count(count);
}

ValueCounts read_counts(WireReader& in) {
  ValueCounts counts;
  for (std::uint64_t* const count :
       {&counts.zero, &counts.negative_zero, &counts.negative, &counts.positive, &counts.nan,
        &counts.positive_infinity, &counts.negative_infinity, &counts.subnormal})
    *count = in.count(UINT64_MAX / 8);
  const bool fits = counts.negative_zero <= counts.zero && counts.positive_infinity <= counts.positive &&
                    counts.negative_infinity <= counts.negative;
  if (!fits) fail_wire("counts that contradict each other");
  return counts;
}

void write_sum(WireWriter& out, const DoubleDouble& sum) {
  out.put(sum.high);
  out.put(sum.low);
}

DoubleDouble read_sum(WireReader& in) {
  const auto high = in.get<double>();
  return {high, in.get<double>()};
}

}  // namespace

void fail_wire(const char* what) {
  throw Error(ErrorCode::malformed, std::string("holds what no tensor leads to: ") + what);
}

void write_tally(WireWriter& out, const Tally& tally) {
  write_counts(out, tally.counts);
  write_extreme(out, tally.min);
  write_extreme(out, tally.max);
  for (const IntervalCount& interval : tally.intervals) {
    out.count(interval.below);
    out.count(interval.above);
  }
}

Tally read_tally(WireReader& in, const StatsOptions& options) {
  Tally tally(options);
  tally.counts = read_counts(in);
  tally.min = read_extreme(in);
  tally.max = read_extreme(in);
  if (tally.min.has_value() != tally.max.has_value()) fail_wire("one extreme without the other");
  if (tally.min && tally.max->value < tally.min->value) fail_wire("extremes in the wrong order");
  for (IntervalCount& interval : tally.intervals) {
    interval.below = in.count();
    interval.above = in.count();
  }
  return tally;
}

void write_moments(WireWriter& out, const Moments& moments) {
  out.count(moments.count);
  for (const DoubleDouble* sum :
       {&moments.sum, &moments.absolute, &moments.m2, &moments.m3, &moments.m4, &moments.centre})
    write_sum(out, *sum);
}

Moments read_moments(WireReader& in) {
  Moments moments;
  moments.count = in.count();
  for (DoubleDouble* const sum :
       {&moments.sum, &moments.absolute, &moments.m2, &moments.m3, &moments.m4, &moments.centre})
    *sum = read_sum(in);
  return moments;
}

void write_values(WireWriter& out, const std::vector<double>& values) {
  out.count(values.size());
  for (const double value : values)
    out.put(value);
}

std::vector<double> read_values(WireReader& in, std::uint64_t most) {
  std::vector<double> values(std::min(in.length(), static_cast<std::size_t>(most) + 1));
  if (values.size() > most) fail_wire("a sample that is too large");
  for (double& value : values)
    value = in.get<double>();
  return values;
}

void write_table(WireWriter& out, const std::vector<std::uint64_t>& table) {
  out.count(table.empty() ? 0 : 1);
  out.counts(std::span(table));
}

void add_table(WireReader& in, std::size_t size, std::vector<std::uint64_t>& table) {
  if (!in.truth()) return;
  if (size == 0) fail_wire("counts by code of what has no codes");
  table.resize(size);
  in.add_counts(std::span(table));
}

}  // namespace weightsieve
