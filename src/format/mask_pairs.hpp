// Weights that torch.nn.utils.prune keeps in two parts, by their names. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace weightsieve::format {

/// Places of the names X_mask by those of their X_orig, where no X itself is there.
std::map<std::size_t, std::size_t> find_mask_pairs(std::span<const std::string_view> names);

/// X of X_orig.
std::string masked_name(std::string_view original);

/// Calls visit(place, place of the mask with which it is multiplied, if it is) for each name in order but
/// those of such masks. Only pairs for which fits(original, mask) says so are pairs.
template <class Fits, class Visit>
void each_with_mask(std::span<const std::string_view> names, const Fits& fits, const Visit& visit) {
  auto pairs = find_mask_pairs(names);
  std::erase_if(pairs, [&](const auto& pair) { return !fits(pair.first, pair.second); });
  std::set<std::size_t> masks;
  for (const auto& [original, mask] : pairs)
    masks.insert(mask);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (masks.contains(i)) continue;
    const auto pair = pairs.find(i);
    visit(i, pair == pairs.end() ? std::nullopt : std::optional(pair->second));
  }
}

}  // namespace weightsieve::format
