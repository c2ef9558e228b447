// What pictures over the depth of a network share. Free functions, any thread.
#pragma once

#include <functional>
#include <vector>

#include "report/depth.hpp"
#include "report/plot.hpp"

namespace weightsieve {

/// Fewer are no course that one could see.
inline constexpr unsigned kLeastPositions = 2;

/// Adds a block of rows: for each point its kind, stack, block and position, then what `add_figures` appends
/// to these cells. Lines end with their stack.
using AddFigures = std::function<void(const DepthPoint&, std::vector<PlotTable::Cell>&)>;
void add_points(PlotTable& table, const DepthPoints& points, const AddFigures& add_figures);

struct DepthAxis {
  bool with_embeddings = false;
  unsigned most_labels = 40;  ///< that have room
};

/// Says what the axis shows.
void set_depth_label(PlotScript& script, const Depth& depth);

/// Numbers blocks from 0 in each stack, with the axis' label.
void set_depth_axis(PlotScript& script, const Depth& depth, const DepthAxis& axis);

}  // namespace weightsieve
