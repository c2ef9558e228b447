// The statistics of several profiled tensors together. Pure functions; any thread.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// What StatisticsPool makes of the tensors that have statistics, which were counted with `options`.
Statistics pooled_statistics(std::span<const TensorProfile* const> tensors, const StatsOptions& options);

/// The scales of one name, of all tensors in blocks of one type.
struct PooledScales {
  BlockType blocks = BlockType::none;
  std::string_view name;
  Statistics statistics;  ///< extremes name their tensor and the place of the scale in it
};

/// In the order of BlockType; none in an inventory.
std::vector<PooledScales> pooled_scales(const CheckpointProfile& profile);

}  // namespace weightsieve
