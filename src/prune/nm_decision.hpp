// N of every M neighbours along an axis go: those of least magnitude, of equal ones the first.
#pragma once

#include <memory>

#include "prune/decision.hpp"
#include "weightsieve/prune/prune_options.hpp"

namespace weightsieve::prune {

/// Throws Error{usage} unless 1 ≤ of ≤ 4096 and zeros ≤ of.
std::shared_ptr<const Decision> decide_nm(const NmPattern& pattern, NmAxis axis);

}  // namespace weightsieve::prune
