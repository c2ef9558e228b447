// One pass over a stretch of a checkpoint, and what it leads to as bytes: see part_measures.hpp.
#pragma once

#include <functional>
#include <vector>

#include "ops/measure_journal.hpp"
#include "ops/part_measures.hpp"
#include "weightsieve/ops/run_control.hpp"

namespace weightsieve {

/// Measures those of the units, which are in order, that lie behind the state's position. `between_units` is
/// called now and then on this thread, and what it throws ends the pass. Throws Error{cancelled}, and what
/// reading throws.
void measure_units(ProfilePlan& plan, std::span<const WorkUnit> units, SourcePool& files,
                   const RunControl& control, MeasureState& state, MeasureJournal& journal,
                   const std::function<void()>& between_units = nullptr);

/// Measures a stretch of units that lie behind each other, and fills the statistics of the tensors that are
/// all in it. Goes on from what `kept` has of it, and keeps the rest there. Throws as measure_units() does.
std::vector<std::byte> measure_stretch(std::span<const WorkUnit> units, CheckpointProfile& profile,
                                       ProfilePlan& plan, SourcePool& files, const RunControl& control,
                                       Twins twins, const KeptRuns& kept,
                                       const std::function<void()>& between_units = nullptr);

}  // namespace weightsieve
