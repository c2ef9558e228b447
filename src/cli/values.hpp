// What people type as numbers, ranges and lists. Locale-free; everything else than the whole text being one
// value is Error{usage} that quotes the text and says what is allowed.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weightsieve/base/error.hpp"

namespace weightsieve::cli {

/// The value that stands beside `text` in a short table of words.
template <class T, std::size_t N>
T choose(const std::string& text, const std::pair<std::string_view, T> (&words)[N]) {
  std::string allowed;
  for (const auto& [word, value] : words) {
    if (word == text) return value;
    allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", word);
  }
  throw Error(ErrorCode::usage, fmt::format("'{}' is none of {}", text, allowed));
}

/// A whole number in decimal digits, least ≤ value ≤ most.
std::uint64_t parse_whole(const std::string& text, std::uint64_t least, std::uint64_t most);

/// The double nearest to the decimal number in `text`, "inf" and "-inf" included, NaN not. Never -0.
double parse_real(const std::string& text);

/// LOW:HIGH with LOW ≤ HIGH.
std::pair<double, double> parse_interval(const std::string& text);

/// LOW:HIGH with LOW < HIGH, both finite.
std::pair<double, double> parse_finite_range(const std::string& text);

/// [-T, T] for T ≥ 0.
std::pair<double, double> parse_threshold(const std::string& text);

/// Numbers from 0 to 1, separated by commas.
std::vector<double> parse_quantiles(const std::string& text);

}  // namespace weightsieve::cli
