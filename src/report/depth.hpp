// The layers of a network by what they do and by how deep they lie. Plain values that point into the profile;
// a free function, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "report/layer_kind.hpp"
#include "report/rows.hpp"

namespace weightsieve {

/// Layers of one kind in one block.
struct DepthPoint {
  LayerKind kind = LayerKind::other;
  std::string_view stack;  ///< what stands before the block's number in their names
  std::uint32_t block = 0;
  double position = 0;  ///< on the axis of depth
  TensorPointers layers;
  Statistics statistics;  ///< of all of them; quantiles only where there is one
};

/// Blocks whose names begin alike, "encoder.block" or "decoder.block".
struct DepthStack {
  double begin = 0;   ///< position of block 0
  double blocks = 0;  ///< one more than the last one's number
};

/// Those of one kind lie behind each other, by position; kinds in the order of LayerKind.
struct Depth {
  std::vector<DepthPoint> points;
  std::vector<DepthStack> stacks;
  double positions = 0;  ///< they are 0 to less than this, and -1: embeddings that lie in no block
};

/// Blocks of one stack ("encoder.layer", "decoder.block") lie at their numbers; another stack begins where
/// the one before it ends. Layers outside of blocks are left out, but for embeddings. Needs a profile with
/// statistics.
Depth depth_of(const CheckpointProfile& profile);

using DepthPoints = std::span<const DepthPoint>;

/// The points of each kind that is there.
std::vector<DepthPoints> by_kind(const Depth& depth);

}  // namespace weightsieve
