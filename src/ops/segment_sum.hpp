// A pass over the segments of files that writes nothing: each is read as a run would write it, and a figure
// taken of it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "ops/segment_reader.hpp"
#include "ops/write_job.hpp"
#include "weightsieve/ops/run_control.hpp"

namespace weightsieve {

/// The figure of a segment's content. Kept by one thread, for all segments that it reads.
using SegmentFigure = std::function<double(Bytes content, const Segment& segment)>;

/// The sum, in the order of the segments, of the figures of all `shards`, pruned as `prune` says.
/// Of a team, rank 0 gets it. `make_figure` is called once a thread. Throws Error{cancelled}, and what
/// reading throws.
double sum_over_segments(SourcePool& files, const std::optional<PruneLevel>& prune,
                         std::span<const ShardTask> shards, std::string_view pass,
                         const std::function<SegmentFigure()>& make_figure, const RunControl& control);

}  // namespace weightsieve
