// Looks at tensors with many zeros once more, for where they stand.
#pragma once

#include <optional>
#include <vector>

#include "weightsieve/format/checkpoint.hpp"
#include "weightsieve/ops/run_control.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"
#include "weightsieve/stats/zero_pattern.hpp"

namespace weightsieve {

/// A scan that has seen nothing yet of a tensor of which findings ask where its zeros stand: a parameter, not
/// a tied repeat, that has rows and columns.
std::optional<ZeroScan> zero_scan_of(const TensorInfo& tensor, bool is_repeat);

/// Whether the tensor has zeros enough for a finding, and other values.
bool is_worth_scanning(const ZeroScan& scan, Dtype dtype, const ValueCounts& counts);

/// For each place in profile.tensors the pattern of its zeros, if it is a parameter, not a tied repeat, that
/// has zeros enough for a dead row, a dead column or 2:4 structure, and other values. Throws
/// Error{cancelled}, and what reading throws.
std::vector<std::optional<ZeroPattern>> zero_patterns(SourcePool& files, const CheckpointProfile& profile,
                                                      const RunControl& control);

}  // namespace weightsieve
