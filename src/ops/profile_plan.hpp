// What a profile's run reads and how it is cut into units: a function of the inventory and the options alone,
// so that every process that has a share in the run plans the same.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ops/measured_tensor.hpp"
#include "ops/name_patterns.hpp"
#include "weightsieve/engine/chunk_plan.hpp"
#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// The profile of the checkpoint at `path` before anything is measured: its inventory, the tensors that
/// nobody can read, and the options. `names` is made of `filter`. Throws Error{usage} for a filter that keeps
/// nothing.
CheckpointProfile begin_profile(Checkpoint checkpoint, const std::string& path, const StatsOptions& stats,
                                const NameFilter& filter, const NamePatterns& names);

struct ProfilePlan {
  StatsContext context;
  std::vector<MeasuredTensor> tensors;  ///< those that have values, in order
};

/// Requires profile.options; the profile must outlive the plan and keep its tensors where they are.
ProfilePlan plan_profile(CheckpointProfile& profile);

/// Elements of each.
std::vector<std::uint64_t> sizes_of(std::span<const MeasuredTensor> tensors);

/// Units of these tensors, for so many threads in all.
std::vector<WorkUnit> units_of(std::span<const MeasuredTensor> tensors, unsigned threads);

/// Bytes of all of them.
std::uint64_t bytes_of(std::span<const MeasuredTensor> tensors);

/// What a unit costs, as counting_cost() has it, and what a tensor takes to begin and to finish.
std::vector<std::uint64_t> work_of(std::span<const MeasuredTensor> tensors, std::span<const WorkUnit> units);

/// Names that repeat a tensor counted under another name are left out of totals and findings: one flag a
/// tensor of the plan.
std::vector<bool> repeats_of(const CheckpointProfile& profile, const ProfilePlan& plan);

}  // namespace weightsieve
