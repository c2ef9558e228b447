// Which share of each layer lies in which band of magnitudes: a stacked bar a layer, in file order. Networks
// of very many layers are drawn by blocks of layers.

#include <algorithm>
#include <string>
#include <vector>

#include "report/bands.hpp"
#include "report/figures.hpp"
#include "report/plot.hpp"
#include "report/rows.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kMostRows = 80;
constexpr unsigned kRowHeight = 18;
constexpr unsigned kMargins = 166;

/// Okabe and Ito's, from what hardly counts to what stands out; more bands than these begin again.
constexpr Literal kBandColors[] = {"#D1D5DB",           plot_color::kSky,
                                   plot_color::kOrange, plot_color::kVermilion,
                                   plot_color::kPurple, plot_color::kGreen};

struct DrawnRows {
  Rows rows;
  bool without_vectors;  ///< layers of one dimension are left out
};

bool is_vector(const TensorProfile* layer) { return squeezed(layer->info.shape).size() <= 1; }

/// A file whose names are in the order of their bytes (most safetensors files) has no order of its own; then
/// block 2 comes before block 10.
void order_blocks(Rows& rows) {
  std::vector<std::string> labels;
  for (std::size_t row = 0; row < rows.size(); ++row)
    labels.push_back(rows.label(row));
  if (std::ranges::is_sorted(labels)) rows.arrange({.sort = "name"}, "parameters");
}

/// The finest groups of layers that are few enough to be read.
Rows grouped_rows(const TensorPointers& layers) {
  if (layers.size() <= kMostRows) return Rows::single(layers);
  unsigned depth = 1;
  while (Rows::grouped(layers, depth + 1).size() <= kMostRows)
    ++depth;
  Rows rows = Rows::grouped(layers, depth);
  if (rows.size() > kMostRows) rows.arrange({.top = kMostRows}, "parameters");
  return rows;
}

/// Every layer; of too many, those where the parameters are: biases and norms are most of the layers and
/// hold next to nothing.
DrawnRows drawn_rows(const CheckpointProfile& profile) {
  TensorPointers layers = tensors_of(profile, Role::parameter);
  const bool only_vectors = std::ranges::all_of(layers, is_vector);
  if (layers.size() <= kMostRows || only_vectors) return {grouped_rows(layers), false};
  const bool without_vectors = std::erase_if(layers, is_vector) > 0;
  return {grouped_rows(layers), without_vectors};
}

/// Percentages of the bands up to each threshold, of the one beyond the last, and of NaN.
std::vector<PlotTable::Cell> cells_of(std::string label, const BandCounts& row) {
  std::vector<PlotTable::Cell> cells{std::move(label), row.values};
  for (const std::uint64_t count : row.bands())
    cells.push_back(PlotTable::cell(percentage(count, row.values)));
  cells.push_back(PlotTable::cell(percentage(row.nan, row.values)));
  return cells;
}

PlotTable table_of(const Rows& rows, const std::vector<BandThreshold>& thresholds) {
  PlotTable table{"layer", "values"};
  for (std::size_t at = 0; at < thresholds.size(); ++at)
    table.add_column(
        at == 0 ? fmt::format("percent_to_{}", thresholds[at].magnitude)
                : fmt::format("percent_{}_to_{}", thresholds[at - 1].magnitude, thresholds[at].magnitude));
  table.add_column(fmt::format("percent_beyond_{}", thresholds.back().magnitude));
  table.add_column("percent_nan");
  for (std::size_t row = 0; row < rows.size(); ++row)
    table.add(cells_of(rows.label(row), band_counts(rows.members(row), thresholds)));
  return table;
}

Literal band_color(std::size_t band) { return kBandColors[band % std::size(kBandColors)]; }

/// The bands of a row lie end to end: each begins where the columns before it add up to.
void add_band(PlotScript& script, std::size_t band) {
  constexpr std::size_t first = 3;
  script.part("{}data index 1 using (0):0:(0", band == 0 ? Literal("plot ") : Literal(", "));
  for (std::size_t before = 0; before < band; ++before)
    script.part("+${}", first + before);
  script.part("):(0");
  for (std::size_t upto = 0; upto <= band; ++upto)
    script.part("+${}", first + upto);
  script.part("):($0-0.42):($0+0.42){} with boxxyerror linecolor rgb '{}'",
              band == 0 ? Literal(":yticlabels(1)") : Literal(""), band_color(band));
}

void title_band(PlotScript& script, std::size_t band, const std::vector<BandThreshold>& thresholds) {
  if (band == 0)
    script.part(" title '|w| ≤ {}'", thresholds[band].magnitude);
  else if (band == thresholds.size())
    script.part(" title '|w| > {}'", thresholds.back().magnitude);
  else
    script.part(" title '{} < |w| ≤ {}'", thresholds[band - 1].magnitude, thresholds[band].magnitude);
}

}  // namespace

std::optional<Plot> plot_intervals(const CheckpointProfile& profile, const ReportOptions& options) {
  if (!profile.totals.statistics) return std::nullopt;
  const std::vector<BandThreshold> thresholds = band_thresholds(*profile.totals.statistics);
  auto [rows, without_vectors] = drawn_rows(profile);
  order_blocks(rows);
  if (thresholds.empty() || rows.size() == 0) return std::nullopt;

  Plot plot{.id = "intervals", .title = plot_title(profile, options), .table = table_of(rows, thresholds)};
  plot.height = kMargins + kRowHeight * static_cast<unsigned>(rows.size());
  const double pixel = 1.0 / plot.height;
  plot.script.line("set label title at screen 0.5, screen {} center font ',18'", 1 - 20 * pixel)
      .line("set key at screen 0.65, screen {} center horizontal Left reverse samplen 1 width 2",
            1 - 52 * pixel)
      .line("set tmargin at screen {}", 1 - 102 * pixel)
      .line("set bmargin at screen {}", 64 * pixel)
      .line("set xrange [0:100]")
      .line("set yrange [{}:-1]", rows.size())
      .line("set xlabel 'values of the layer, %{}'",
            without_vectors ? Literal(" (without layers of one dimension)") : Literal(""))
      .line("set x2tics nomirror")
      .line("set link x2")
      .line("set ytics scale 0 font ',12'")
      .line("unset grid");
  for (std::size_t band = 0; band <= thresholds.size(); ++band) {
    add_band(plot.script, band);
    title_band(plot.script, band, thresholds);
  }
  plot.script.line("");
  return plot;
}

}  // namespace weightsieve
