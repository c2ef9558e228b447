#include "format/mask_pairs.hpp"

#include <unordered_map>

namespace weightsieve::format {
namespace {

constexpr std::string_view kOriginal = "_orig";
constexpr std::string_view kMask = "_mask";

}  // namespace

std::string masked_name(std::string_view original) {
  original.remove_suffix(kOriginal.size());
  return std::string(original);
}

std::map<std::size_t, std::size_t> find_mask_pairs(std::span<const std::string_view> names) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < names.size(); ++i)
    places.emplace(names[i], i);
  std::map<std::size_t, std::size_t> pairs;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].ends_with(kOriginal)) continue;
    const std::string name = masked_name(names[i]);
    const auto mask = places.find(name + std::string(kMask));
    const bool is_pair =
        !name.empty() && !name.ends_with('.') && mask != places.end() && !places.contains(name);
    if (is_pair) pairs.emplace(i, mask->second);
  }
  return pairs;
}

}  // namespace weightsieve::format
