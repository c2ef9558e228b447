// Which tensors a share of a run has whole, and which it has to join with its neighbours. Pure functions.
#pragma once

#include <optional>
#include <span>

#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/engine/share.hpp"

namespace weightsieve {

/// Tensors by their index in the plan, in order: the end of one, whole ones, the begin or the midst of one.
struct ShareLayout {
  std::optional<std::size_t> head;  ///< begun by an earlier share, and ended here
  std::size_t first_whole = 0;
  std::size_t end_whole = 0;
  std::optional<std::size_t> tail;  ///< goes on in the next share
};

ShareLayout layout_between(const PlanPosition& begin, const PlanPosition& end);
ShareLayout layout_of(std::span<const WorkUnit> units, const UnitRange& range);

}  // namespace weightsieve
