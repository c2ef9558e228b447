// Which tensors of a checkpoint are pruned. Pure functions; any thread.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/prune/prune_options.hpp"

namespace weightsieve {

struct PruneSelection {
  std::vector<std::size_t> tensors;       ///< indices into the checkpoint's tensors, ascending
  std::vector<SkippedTensor> left_alone;  ///< asked for, but of a kind that cannot be pruned
};

/// Whether elements of this dtype can be pruned: floating point of at least 8 bits that has a zero.
bool is_prunable(Dtype dtype) noexcept;

/// Whether a part of the dotted name says embedding or output head: it contains "embed", or is wte, wpe,
/// shared, token_embd or lm_head.
bool names_embedding_or_head(std::string_view name) noexcept;

/// The tensors that `select` asks for and that can be pruned. `matches` is called for `matching` only. Of
/// tensors that share storage only the first is pruned. Linear.
PruneSelection select_for_pruning(const Checkpoint& checkpoint, PruneSelect select,
                                  const std::function<bool(std::string_view)>& matches = {});

}  // namespace weightsieve
