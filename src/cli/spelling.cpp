#include "cli/spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace weightsieve::cli {
namespace {

constexpr std::size_t kLongestWord = 64;

/// The optimal string alignment distance: edits and swaps of neighbours that make one word the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, changed});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(above, row);
  }
  return above.back();
}

}  // namespace

std::string likely_meant(std::string_view word, std::span<const std::string> known) {
  if (word.size() < 2 || word.size() > kLongestWord) return "";
  const auto whole =
      std::ranges::find_if(known, [word](const std::string& one) { return one.starts_with(word); });
  if (whole != known.end()) return *whole;
  const auto closest =
      std::ranges::min_element(known, {}, [word](const std::string& one) { return distance(word, one); });
  if (closest == known.end() || 3 * distance(word, *closest) > closest->size()) return "";
  return *closest;
}

std::string spelling_hint(std::string_view word, std::span<const std::string> known) {
  const std::string meant = likely_meant(word, known);
  return meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant);
}

}  // namespace weightsieve::cli
