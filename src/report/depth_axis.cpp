#include <cmath>

#include "report/plot_depth.hpp"

namespace weightsieve {
namespace {

std::vector<PlotTable::Cell> place_cells(const DepthPoint& point) {
  std::vector<PlotTable::Cell> cells{
      std::string(to_literal(point.kind).text()), std::string(point.stack), {}, point.position};
  if (point.position >= 0) cells[2] = std::uint64_t{point.block};
  return cells;
}

/// 1, 2, 5, 10, 20, … so that labels so far apart have room.
double step_of(double positions, unsigned most) {
  for (double power = 1;; power *= 10)
    for (const double step : {power, 2 * power, 5 * power})
      if (positions <= step * most) return step;
}

void label_stack(PlotScript& script, const DepthStack& stack, double first, double step) {
  for (double block = first; block < stack.blocks; block += step)
    script.line("set xtics add ('{}' {})", block, stack.begin + block);
}

/// Lines between stacks.
void separate(PlotScript& script, const DepthStack& stack) {
  if (stack.begin == 0) return;
  const double at = stack.begin - 0.5;
  script.line("set arrow from {}, graph 0 to {}, graph 1 nohead linecolor rgb '#9CA3AF' dashtype 2", at, at);
}

}  // namespace

void add_points(PlotTable& table, const DepthPoints& points, const AddFigures& add_figures) {
  std::string_view stack = points.front().stack;
  for (const DepthPoint& point : points) {
    if (point.stack != stack) table.break_line();
    stack = point.stack;
    auto cells = place_cells(point);
    add_figures(point, cells);
    table.add(std::move(cells));
  }
  table.end_block();
}

void set_depth_label(PlotScript& script, const Depth& depth) {
  script.line("set xlabel '{}'",
              depth.stacks.size() == 1 ? Literal("block") : Literal("block, stack after stack"));
}

void set_depth_axis(PlotScript& script, const Depth& depth, const DepthAxis& axis) {
  set_depth_label(script, depth);
  script.line("set xrange [{}:{}]", axis.with_embeddings ? -1.5 : -0.5, depth.positions - 0.5);
  if (depth.stacks.size() > axis.most_labels) return;
  script.line("set xtics ()");
  if (axis.with_embeddings) script.line("set xtics add ('emb.' -1)");
  const double step = step_of(depth.positions, axis.most_labels);
  for (const DepthStack& stack : depth.stacks) {
    const bool is_beside_embeddings = axis.with_embeddings && stack.begin == 0;
    label_stack(script, stack, is_beside_embeddings && step > 1 ? step : 0, step);
    separate(script, stack);
  }
}

}  // namespace weightsieve
