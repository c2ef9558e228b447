// What pictures over the depth of a network share. Free functions, any thread.
#pragma once

#include <vector>

#include "report/depth.hpp"
#include "report/plot.hpp"

namespace weightsieve {

/// Fewer are no course that one could see.
inline constexpr unsigned kLeastPositions = 2;

/// Kind, stack, block and position of a point: the first four columns of its row.
std::vector<PlotTable::Cell> place_cells(const DepthPoint& point);

void set_depth_axis(PlotScript& script, const Depth& depth, bool with_embeddings);

}  // namespace weightsieve
