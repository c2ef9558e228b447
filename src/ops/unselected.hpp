// Which parameters a pruning selection leaves out, and why: so that nobody takes silence for pruning.
// Pure functions.
#pragma once

#include <string>
#include <vector>

#include "ops/name_patterns.hpp"
#include "weightsieve/ops/prune.hpp"
#include "weightsieve/prune/prune_selection.hpp"

namespace weightsieve {

/// The parameters that are neither selected nor left alone, by reason, the largest group first.
std::vector<UnselectedParameters> find_unselected(const Checkpoint& checkpoint, const PruneRequest& request,
                                                  const PruneSelection& selection,
                                                  const NamePatterns& filter);

/// Throws Error{usage} when nothing is selected, though something is to be pruned: says what was asked for,
/// why nothing is left, and how to list the names.
void require_selected(const std::string& path, const PruneRequest& request, const PruneSelection& selection);

}  // namespace weightsieve
