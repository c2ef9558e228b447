#include "weightsieve/prune/prune_selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

namespace weightsieve {
namespace {

constexpr std::array<std::string_view, 5> kEmbeddingsAndHeads{"wte", "wpe", "shared", "token_embd",
                                                              "lm_head"};

bool is_matrix(const TensorInfo& tensor) { return squeezed(tensor.shape).size() >= 2; }

bool is_asked_for(const TensorInfo& tensor, PruneSelect select,
                  const std::function<bool(std::string_view)>& matches) {
  if (tensor.role != Role::parameter) return false;
  switch (select) {
    case PruneSelect::matrices:
      return is_matrix(tensor) && !names_embedding_or_head(tensor.name);
    case PruneSelect::weights:
      return tensor.name.ends_with("weight");
    case PruneSelect::matching:
      return matches(tensor.name);
    case PruneSelect::all:
      break;
  }
  return true;
}

std::string why_not(Dtype dtype) {
  const DtypeInfo& info = dtype_info(dtype);
  if (dtype == Dtype::F8_E8M0) return "F8_E8M0 has no zero";
  if (info.kind == ValueKind::complex) return "complex numbers are not pruned";
  if (info.kind == ValueKind::floating) return fmt::format("{} has fewer than 8 bits", info.name);
  return fmt::format("{} is not a floating-point dtype", info.name);
}

/// First names of tensors that share storage, by the names that repeat them.
std::map<std::string_view, std::string_view> first_names(const Checkpoint& checkpoint) {
  std::map<std::string_view, std::string_view> first;
  for (const auto& group : checkpoint.tied) {
    for (std::size_t i = 1; i < group.size(); ++i)
      first[group[i]] = group[0];
  }
  return first;
}

}  // namespace

bool is_prunable(Dtype dtype) noexcept {
  const DtypeInfo& info = dtype_info(dtype);
  return info.kind == ValueKind::floating && info.bits >= 8 && dtype != Dtype::F8_E8M0;
}

bool names_embedding_or_head(std::string_view name) noexcept {
  if (name.find("embed") != std::string_view::npos) return true;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (std::ranges::find(kEmbeddingsAndHeads, part) != kEmbeddingsAndHeads.end()) return true;
    begin = end + 1;
  }
  return false;
}

PruneSelection select_for_pruning(const Checkpoint& checkpoint, PruneSelect select,
                                  const std::function<bool(std::string_view)>& matches) {
  const auto first_name = first_names(checkpoint);
  PruneSelection selection;
  for (std::size_t i = 0; i < checkpoint.tensors.size(); ++i) {
    const TensorInfo& tensor = checkpoint.tensors[i];
    if (!is_asked_for(tensor, select, matches)) continue;
    if (const auto tied = first_name.find(tensor.name); tied != first_name.end()) {
      selection.left_alone.push_back({tensor.name, "shares its storage with " + std::string(tied->second)});
    } else if (!is_prunable(tensor.dtype)) {
      selection.left_alone.push_back({tensor.name, why_not(tensor.dtype)});
    } else {
      selection.tensors.push_back(i);
    }
  }
  return selection;
}

}  // namespace weightsieve
