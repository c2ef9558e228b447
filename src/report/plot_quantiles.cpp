// The bands between quantiles from block to block, a panel a kind of layer. Layers that share a kind and a
// block (experts, biases) have no quantiles together, and no panel.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "report/plot_depth.hpp"

namespace weightsieve {
namespace {

constexpr unsigned kPanelHeight = 300;
constexpr unsigned kMargins = 104;
constexpr std::size_t kColumns = 3;
constexpr std::size_t kFirstQuantile = 6;  ///< column, counted from 1

/// Outermost first.
struct Band {
  std::size_t low;
  std::size_t high;
};

std::vector<Band> bands_of(const std::vector<double>& qs) {
  std::vector<Band> bands;
  for (std::size_t low = 0; low < qs.size(); ++low) {
    if (qs[low] <= 0 || qs[low] >= 0.5) continue;
    const auto high = std::ranges::find_if(qs, [&](double q) { return std::abs(q - (1 - qs[low])) < 1e-12; });
    if (high != qs.end()) bands.push_back({low, static_cast<std::size_t>(high - qs.begin())});
  }
  std::ranges::sort(bands, {}, [&qs](const Band& band) { return qs[band.low]; });
  return bands;
}

/// From the widest band to the narrowest.
Literal shade(std::size_t band, std::size_t bands) {
  constexpr std::array<Literal, 4> shades{"#DCEAF5", "#A9CDE6", "#6BAAD3", "#0072B2"};
  return shades[shades.size() - std::min(bands - band, shades.size())];
}

bool has_quantiles(const DepthPoint& point) {
  return point.position >= 0 && point.layers.size() == 1 && !point.statistics.quantiles.values.empty();
}

/// Kinds of which every block has quantiles.
std::vector<DepthPoints> panels_of(const Depth& depth) {
  std::vector<DepthPoints> panels;
  for (const DepthPoints& points : by_kind(depth))
    if (points.size() >= kLeastPositions && std::ranges::all_of(points, has_quantiles))
      panels.push_back(points);
  return panels;
}

PlotTable table_of(const std::vector<DepthPoints>& panels, const std::vector<double>& qs) {
  PlotTable table{"kind", "stack", "block", "position", "layer"};
  for (const double q : qs)
    table.add_column(fmt::format("q{}", q));
  for (const DepthPoints& points : panels) {
    add_points(table, points, [](const DepthPoint& point, std::vector<PlotTable::Cell>& cells) {
      cells.emplace_back(point.layers.front()->info.name);
      for (const Quantile& quantile : point.statistics.quantiles.values)
        cells.emplace_back(quantile.value);
    });
  }
  return table;
}

std::optional<std::size_t> median_of(const std::vector<double>& qs) {
  const auto median = std::ranges::find(qs, 0.5);
  if (median == qs.end()) return std::nullopt;
  return static_cast<std::size_t>(median - qs.begin());
}

void plot_panel(PlotScript& script, std::size_t index, const std::vector<Band>& bands,
                const std::vector<double>& qs) {
  for (std::size_t band = 0; band < bands.size(); ++band)
    script.part("{}data index {} using 4:{}:{} with filledcurves linecolor rgb '{}'",
                band == 0 ? Literal("plot ") : Literal(", "), index, kFirstQuantile + bands[band].low,
                kFirstQuantile + bands[band].high, shade(band, bands.size()));
  if (const auto median = median_of(qs))
    script.part(", data index {} using 4:{} with lines linecolor rgb '#000000' linewidth 1.5", index,
                kFirstQuantile + *median);
  script.line("");
}

/// Panels of one scale can be compared, unless those with the small values would be flat on it.
void set_common_range(PlotScript& script, const std::vector<DepthPoints>& panels,
                      const std::vector<Band>& bands) {
  constexpr double flat = 8;
  double low = 0, high = 0, narrowest = std::numeric_limits<double>::max();
  for (const DepthPoints& points : panels) {
    double reach = 0;
    for (const DepthPoint& point : points) {
      const auto& values = point.statistics.quantiles.values;
      low = std::min(low, values[bands.front().low].value);
      high = std::max(high, values[bands.front().high].value);
      reach = std::max(
          {reach, std::abs(values[bands.front().low].value), std::abs(values[bands.front().high].value)});
    }
    narrowest = std::min(narrowest, reach);
  }
  const bool is_shared = low < high && std::max(-low, high) <= flat * narrowest;
  if (is_shared) script.line("set yrange [{}:{}]", 1.05 * low, 1.05 * high);
}

/// The key of all panels, as an empty plot above them: that of a single panel would be no wider than the
/// panel.
void plot_key(PlotScript& script, unsigned height, const std::vector<Band>& bands,
              const std::vector<double>& qs) {
  script.line("unset title")
      .line("unset border")
      .line("unset tics")
      .line("unset grid")
      .line("unset xlabel")
      .line("set size 1,1")
      .line("set origin 0,0")
      .line("set xrange [0:1]")
      .line("set yrange [0:1]")
      .line("set key at screen 0.5, screen {} center horizontal Left reverse samplen 2 width 2",
            1 - 48.0 / height)
      .part("plot -1 notitle");
  for (std::size_t band = 0; band < bands.size(); ++band)
    script.part(", keyentry with boxes linecolor rgb '{}' title '{}–{} %'", shade(band, bands.size()),
                100 * qs[bands[band].low], 100 * qs[bands[band].high]);
  if (median_of(qs))
    script.part(", keyentry with lines linecolor rgb '#000000' linewidth 1.5 title 'median'");
  script.line("");
}

}  // namespace

std::optional<Plot> plot_quantiles(const CheckpointProfile& profile, const ReportOptions& options) {
  if (!profile.options) return std::nullopt;
  const std::vector<double>& qs = profile.options->stats.quantiles;
  const std::vector<Band> bands = bands_of(qs);
  const Depth depth = depth_of(profile);
  const std::vector<DepthPoints> panels = panels_of(depth);
  if (bands.empty() || panels.empty()) return std::nullopt;

  Plot plot{.id = "quantiles", .title = plot_title(profile, options), .table = table_of(panels, qs)};
  const std::size_t rows = (panels.size() + kColumns - 1) / kColumns;
  plot.height = kMargins + kPanelHeight * static_cast<unsigned>(rows);
  plot.script.line("set multiplot layout {},{} title title.\"\\n\\n \" font ',18'", rows, kColumns)
      .line("set format y '%g'")
      .line("set grid noxtics");
  set_common_range(plot.script, panels, bands);
  set_depth_axis(plot.script, depth, {.most_labels = 8});
  for (std::size_t panel = 0; panel < panels.size(); ++panel) {
    if (panel + kColumns < panels.size()) plot.script.line("unset xlabel");
    if (panel + kColumns == panels.size()) set_depth_label(plot.script, depth);
    plot.script.line("set title '{}' font ',14'", to_literal(panels[panel].front().kind));
    plot_panel(plot.script, panel + 1, bands, qs);
  }
  plot_key(plot.script, plot.height, bands, qs);
  plot.script.line("unset multiplot");
  return plot;
}

}  // namespace weightsieve
