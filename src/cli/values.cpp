#include "cli/values.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {
namespace {

[[noreturn]] void refuse(const std::string& text, std::string_view allowed) {
  throw Error(ErrorCode::usage, fmt::format("'{}' is not {}", text, allowed));
}

std::pair<double, double> parse_pair(const std::string& text, std::string_view allowed) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || text.find(':', colon + 1) != std::string::npos) refuse(text, allowed);
  return {parse_real(text.substr(0, colon)), parse_real(text.substr(colon + 1))};
}

}  // namespace

std::uint64_t parse_whole(const std::string& text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool whole = error == std::errc() && stop == end;
  if (!whole || value < least || value > most)
    refuse(text, fmt::format("a whole number from {} to {}", least, most));
  return value;
}

double parse_real(const std::string& text) {
  constexpr std::string_view allowed = "a number";
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument) refuse(text, allowed);
  // from_chars does not say which side a number falls off; of one too small to tell from zero, zero is the
  // nearest double.
  if (error == std::errc::result_out_of_range) value = std::strtod(text.c_str(), nullptr);
  const bool overflow = error == std::errc::result_out_of_range && std::isinf(value);
  if (overflow || std::isnan(value)) refuse(text, allowed);
  return value + 0.0;
}

std::pair<double, double> parse_interval(const std::string& text) {
  constexpr std::string_view allowed = "LOW:HIGH with LOW at most HIGH";
  const auto interval = parse_pair(text, allowed);
  if (interval.first > interval.second) refuse(text, allowed);
  return interval;
}

std::pair<double, double> parse_finite_range(const std::string& text) {
  constexpr std::string_view allowed = "LOW:HIGH with LOW below HIGH, both finite";
  const auto range = parse_pair(text, allowed);
  const bool finite = std::isfinite(range.first) && std::isfinite(range.second);
  if (!finite || range.first >= range.second) refuse(text, allowed);
  return range;
}

std::pair<double, double> parse_threshold(const std::string& text) {
  const double threshold = parse_real(text);
  if (threshold < 0) refuse(text, "a number at or above 0");
  return {0.0 - threshold, threshold};
}

std::vector<double> parse_quantiles(const std::string& text) {
  std::vector<double> quantiles;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, comma - begin);
    const double q = parse_real(part);
    if (q < 0 || q > 1) refuse(part, "a quantile from 0 to 1");
    quantiles.push_back(q);
    begin = comma + 1;
  }
  return quantiles;
}

}  // namespace weightsieve::cli
