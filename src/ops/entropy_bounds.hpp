// How small the content that a run writes could get: the yardstick for its encoding.
#pragma once

#include <optional>
#include <span>

#include "ops/segment_reader.hpp"
#include "ops/write_job.hpp"
#include "weightsieve/ops/run_control.hpp"

namespace weightsieve {

/// The sum of the EntropyBound of every segment of `shards`, pruned as `prune` says; in bytes. Reads all of
/// them once more.
double measure_entropy_bound(SourcePool& files, const std::optional<PruneLevel>& prune,
                             std::span<const ShardTask> shards, const RunControl& control);

}  // namespace weightsieve
