#include "weightsieve/profile/pooled.hpp"

#include "weightsieve/stats/pool.hpp"

namespace weightsieve {
namespace {

/// Nothing where no tensor has that scale.
std::optional<Statistics> pooled_scale(const CheckpointProfile& profile, BlockType blocks,
                                       std::size_t scale) {
  StatisticsPool pool(profile.options->stats);
  bool found = false;
  for (const TensorProfile& tensor : profile.tensors) {
    if (tensor.info.blocks != blocks || tensor.scales.empty()) continue;
    pool.add(tensor.scales[scale], tensor.info.name);
    found = true;
  }
  return found ? std::optional(pool.take()) : std::nullopt;
}

}  // namespace

Statistics pooled_statistics(std::span<const TensorProfile* const> tensors, const StatsOptions& options) {
  StatisticsPool pool(options);
  for (const TensorProfile* tensor : tensors)
    if (tensor->statistics) pool.add(*tensor->statistics, tensor->info.name);
  return pool.take();
}

std::vector<PooledScales> pooled_scales(const CheckpointProfile& profile) {
  std::vector<PooledScales> all;
  if (!profile.options) return all;
  for (const BlockType blocks : all_block_types()) {
    const auto scales = block_type_info(blocks).scales;
    for (std::size_t i = 0; i < scales.size(); ++i)
      if (auto statistics = pooled_scale(profile, blocks, i))
        all.push_back({blocks, scales[i].name, std::move(*statistics)});
  }
  return all;
}

}  // namespace weightsieve
