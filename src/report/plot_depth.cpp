// How far the values spread from block to block: standard deviation and extremes, a line a kind of layer.
// Attention has panels of its own beside all others, so that a panel has few lines; their axes agree.

#include <algorithm>
#include <array>
#include <limits>

#include "report/plot_depth.hpp"

namespace weightsieve {
namespace {

constexpr double kKeysBegin = 0.965;  ///< from the bottom, of the height

struct LineStyle {
  Literal color;
  unsigned dash;
  unsigned symbol;
};

/// In the order of LayerKind. Where two kinds share a colour, their dashes and symbols differ.
constexpr std::array<LineStyle, kLayerKinds> kStyles{LineStyle{plot_color::kBlack, 1, 13},
                                                     {plot_color::kBlue, 1, 7},
                                                     {plot_color::kSky, 1, 5},
                                                     {plot_color::kGreen, 1, 9},
                                                     {plot_color::kBlue, 1, 7},
                                                     {plot_color::kBlue, 2, 6},
                                                     {plot_color::kOrange, 2, 4},
                                                     {plot_color::kOrange, 1, 5},
                                                     {plot_color::kVermilion, 1, 11},
                                                     {plot_color::kBlack, 3, 1},
                                                     {plot_color::kPurple, 1, 13},
                                                     {plot_color::kGray, 1, 2},
                                                     {plot_color::kGray, 3, 3}};

std::optional<double> as_double(const std::optional<Extreme>& extreme) {
  if (!extreme) return std::nullopt;
  return extreme->value.as_double();
}

std::optional<double> std_of(const Statistics& statistics) { return statistics.std; }
std::optional<double> least_of(const Statistics& statistics) { return as_double(statistics.min); }
std::optional<double> greatest_of(const Statistics& statistics) { return as_double(statistics.max); }

struct Panel {
  Literal title;
  unsigned column;  ///< of the table, counted from 1
  int sign;         ///< that the figures have as a rule
  std::optional<double> (*figure)(const Statistics&);
};
constexpr std::array<Panel, 3> kPanels{Panel{"Standard deviation", 7, 1, std_of},
                                       {"Greatest value", 9, 1, greatest_of},
                                       {"Least value", 8, -1, least_of}};

/// Of the figures that have the panel's sign: an axis shows one sign, and a logarithmic one leaves out what
/// is smaller yet than it reaches.
struct Magnitudes {
  double least = 0;  ///< of those within reach
  double greatest = 0;
  bool leave_out = false;  ///< whether there are others
};

Magnitudes magnitudes(const Depth& depth, const Panel& panel) {
  constexpr double reach = 1e3;
  std::vector<double> all;
  for (const DepthPoint& point : depth.points)
    if (const auto figure = panel.figure(point.statistics)) all.push_back(panel.sign * *figure);
  Magnitudes found;
  for (const double magnitude : all)
    found.greatest = std::max(found.greatest, magnitude);
  found.least = found.greatest;
  for (const double magnitude : all) {
    if (magnitude > 0 && magnitude >= found.greatest / reach)
      found.least = std::min(found.least, magnitude);
    else
      found.leave_out = found.leave_out || magnitude < 0;
  }
  return found;
}

void set_logarithmic(PlotScript& script, const Magnitudes& found, int sign) {
  const double begin = found.least / 1.5;
  const double end = found.greatest * 1.5;
  script.line("set logscale y")
      .line("set yrange [{}:{}]", sign < 0 ? end : begin, sign < 0 ? begin : end)
      .line("set format y '{}%g'", sign < 0 ? Literal("-") : Literal(""));
}

/// From 0 to the furthest figure; where none has the panel's sign, to where the others lie.
void set_linear(PlotScript& script, const Magnitudes& found, int sign) {
  const double end =
      found.greatest <= std::numeric_limits<double>::max() / 2 ? 1.05 * found.greatest : found.greatest;
  script.line("unset logscale y").line("set format y '%g'");
  if (end == 0)
    script.line("set yrange [*<0:0<*]");
  else if (sign < 0)
    script.line("set yrange [{}:0]", -end);
  else
    script.line("set yrange [0:{}]", end);
}

/// Kinds that share a column of panels, by their place in the table.
struct Group {
  Literal name;
  std::vector<std::size_t> kinds;
};

std::vector<Group> groups_of(const std::vector<DepthPoints>& kinds) {
  std::vector<Group> groups{{"attention", {}}, {"all others", {}}};
  for (std::size_t at = 0; at < kinds.size(); ++at) {
    const LayerKind kind = kinds[at].front().kind;
    const bool attends = kind >= LayerKind::query && kind <= LayerKind::attention_output;
    groups[attends ? 0 : 1].kinds.push_back(at);
  }
  std::erase_if(groups, [](const Group& group) { return group.kinds.empty(); });
  return groups;
}

/// Lines of the group's kinds; logarithmic or linear as set.
void plot_lines(PlotScript& script, const Panel& panel, const Group& group,
                const std::vector<DepthPoints>& kinds, int sign) {
  Literal before = "plot ";
  for (const std::size_t at : group.kinds) {
    const LayerKind kind = kinds[at].front().kind;
    const LineStyle& style = kStyles[static_cast<std::size_t>(kind)];
    const bool is_place = kind == LayerKind::embedding;
    script.part("{}data index {} using 4:({}*${}) with {} linecolor rgb '{}'", before, at + 1, sign,
                panel.column, is_place ? Literal("points") : Literal("linespoints"), style.color);
    if (!is_place) script.part(" dashtype {}", style.dash);
    script.part(" pointtype {} pointsize 0.7 linewidth 1.5 title '{}'", style.symbol, to_literal(kind));
    before = ", ";
  }
  script.line("");
}

/// A panel a group, on one scale.
void plot_row(PlotScript& script, const Panel& panel, const Depth& depth,
              const std::vector<DepthPoints>& kinds, bool with_keys) {
  constexpr double wide = 30;
  const Magnitudes found = magnitudes(depth, panel);
  const bool is_wide = found.greatest > wide * found.least;
  if (is_wide)
    set_logarithmic(script, found, panel.sign);
  else
    set_linear(script, found, panel.sign);
  const Literal hint = !found.leave_out || found.greatest == 0 ? Literal("")
                       : panel.sign < 0                        ? Literal(" below 0")
                                                               : Literal(" above 0");
  const std::vector<Group> groups = groups_of(kinds);
  for (std::size_t at = 0; at < groups.size(); ++at) {
    const double middle = (static_cast<double>(at) + 0.5) / static_cast<double>(groups.size()) + 0.02;
    if (with_keys)
      script.line(
          "set key at screen {}, screen {} center top horizontal maxcols 3 Left reverse samplen 2 width 1",
          middle, kKeysBegin);
    else
      script.line("unset key");
    script.line("set title '{}{}, {}' font ',14'", panel.title, hint, groups[at].name);
    plot_lines(script, panel, groups[at], kinds, is_wide ? panel.sign : 1);
  }
}

PlotTable spread_table(const std::vector<DepthPoints>& kinds) {
  PlotTable table{"kind", "stack", "block", "position", "layers", "values", "std", "min", "max"};
  for (const DepthPoints& points : kinds) {
    add_points(table, points, [](const DepthPoint& point, std::vector<PlotTable::Cell>& cells) {
      cells.emplace_back(std::uint64_t{point.layers.size()});
      cells.emplace_back(point.statistics.counts.values());
      cells.push_back(PlotTable::cell(std_of(point.statistics)));
      cells.push_back(PlotTable::cell(least_of(point.statistics)));
      cells.push_back(PlotTable::cell(greatest_of(point.statistics)));
    });
  }
  return table;
}

}  // namespace

std::optional<Plot> plot_depth(const CheckpointProfile& profile, const ReportOptions& options) {
  if (!profile.options) return std::nullopt;
  const Depth depth = depth_of(profile);
  const std::vector<DepthPoints> kinds = by_kind(depth);
  if (depth.positions < kLeastPositions || magnitudes(depth, kPanels.front()).greatest == 0)
    return std::nullopt;

  Plot plot{.id = "depth", .title = plot_title(profile, options), .table = spread_table(kinds)};
  plot.height = 1100;
  const std::size_t columns = groups_of(kinds).size();
  plot.script.line(
      "set multiplot layout 3,{} title title font ',18' margins 0.06,0.985,0.05,0.86 spacing 0.07,0.08",
      columns);
  set_depth_axis(
      plot.script, depth,
      {.with_embeddings = depth.points.front().position < 0, .most_labels = columns == 1 ? 40U : 16U});
  for (const Panel& panel : kPanels) {
    if (panel.column != kPanels.back().column)
      plot.script.line("unset xlabel");
    else
      set_depth_label(plot.script, depth);
    plot_row(plot.script, panel, depth, kinds, panel.column == kPanels.front().column);
  }
  plot.script.line("unset multiplot");
  return plot;
}

}  // namespace weightsieve
