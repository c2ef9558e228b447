#include "report/rename_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

/// What an old and a new name begin with, and how many tensors have that in common.
struct Renaming {
  std::string_view before, after;
  std::size_t tensors = 0;
  std::pair<std::string_view, std::string_view> first;  ///< of these, both names
};

bool begins_part(std::string_view name, std::size_t at) noexcept {
  return at == 0 || name[at - 1] == '.' || name[at - 1] == '/';
}

/// How many characters at the end, whole parts, two names share.
std::size_t common_tail(std::string_view a, std::string_view b) noexcept {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t tail = 0, whole = 0;
  while (tail < most && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
    ++tail;
    if (begins_part(a, a.size() - tail) && begins_part(b, b.size() - tail)) whole = tail;
  }
  return whole;
}

std::string line_of(const Renaming& renaming) {
  if (renaming.tensors == 1)
    return fmt::format("{} → {}", escape_control(renaming.first.first),
                       escape_control(renaming.first.second));
  return fmt::format("{}* → {}* ×{}", escape_control(renaming.before), escape_control(renaming.after),
                     grouped(renaming.tensors));
}

}  // namespace

std::vector<std::string> rename_lines(const ProfileDiff& diff) {
  std::vector<Renaming> renamings;
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> places;
  for (const auto& [place_a, place_b] : diff.renamed) {
    const std::string_view a = diff.a.tensors[place_a].info.name;
    const std::string_view b = diff.b.tensors[place_b].info.name;
    const std::size_t tail = common_tail(a, b);
    const std::pair heads(a.substr(0, a.size() - tail), b.substr(0, b.size() - tail));
    const auto [known, is_new] = places.emplace(heads, renamings.size());
    if (is_new) renamings.push_back({heads.first, heads.second, 0, {a, b}});
    ++renamings[known->second].tensors;
  }
  std::vector<std::string> lines;
  lines.reserve(renamings.size());
  for (const Renaming& renaming : renamings)
    lines.push_back(line_of(renaming));
  return lines;
}

}  // namespace weightsieve
