#include "ops/entropy_bounds.hpp"

#include "ops/segment_sum.hpp"
#include "weightsieve/codec/entropy_bound.hpp"

namespace weightsieve {

double measure_entropy_bound(SourcePool& files, const std::optional<PruneLevel>& prune,
                             std::span<const ShardTask> shards, const RunControl& control) {
  const auto make_figure = [] {
    return [bound = EntropyBound()](Bytes content, const Segment& segment) mutable {
      bound.clear();
      bound.add(content, segment.layout);
      return bound.bytes();
    };
  };
  return sum_over_segments(files, prune, shards, "measuring the entropy bound", make_figure, control);
}

}  // namespace weightsieve
