// Looks at tensors with many zeros once more, for where they stand.
#pragma once

#include <optional>
#include <span>
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

/// Places in profile.tensors of those that are worth a scan, of the tensors that have statistics.
std::vector<std::size_t> zero_suspects(const CheckpointProfile& profile);

/// For each place in profile.tensors the pattern of its zeros, if it is among `places`. Throws as below.
std::vector<std::optional<ZeroPattern>> zero_patterns(SourcePool& files, const CheckpointProfile& profile,
                                                      std::span<const std::size_t> places,
                                                      const RunControl& control);

/// For each place in profile.tensors the pattern of its zeros, if it is a parameter, not a tied repeat, that
/// has zeros enough for a dead row, a dead column or 2:4 structure, and other values. Throws
/// Error{cancelled}, and what reading throws.
std::vector<std::optional<ZeroPattern>> zero_patterns(SourcePool& files, const CheckpointProfile& profile,
                                                      const RunControl& control);

}  // namespace weightsieve
