// Which tensors hold the same bytes, among those that their statistics do not tell apart.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// Splits each group of places in profile.tensors into those of equal SHA-256, and drops what stays alone.
/// Reads every member once. Throws Error{cancelled}, and what reading throws.
std::vector<std::vector<std::size_t>> equal_twins(SourcePool& files, const CheckpointProfile& profile,
                                                  const std::vector<std::vector<std::size_t>>& groups,
                                                  const RunControl& control);

/// The same of digests that are known: one for each place in profile.tensors that is in a group.
std::vector<std::vector<std::size_t>> split_by_digest(const std::vector<std::vector<std::size_t>>& groups,
                                                      const std::vector<std::string>& digests);

}  // namespace weightsieve
