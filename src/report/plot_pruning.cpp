// What pruning costs and what it saves: sizes and errors over the share of weights that are zeroed.

#include <algorithm>
#include <array>
#include <numeric>

#include "report/figures.hpp"
#include "report/plot.hpp"

namespace weightsieve {
namespace {

struct Line {
  Literal encoding;
  Literal color;
  unsigned symbol;
};

constexpr std::array<Line, 3> kEncodings{
    Line{"dense", plot_color::kGray, 5}, {"zst", plot_color::kOrange, 9}, {"packed", plot_color::kBlue, 7}};
constexpr std::size_t kFirstSize = 8;  ///< column, counted from 1

std::optional<std::uint64_t> size_of(const PruneTableLevel& level, std::string_view encoding) {
  const auto size = std::ranges::find(level.sizes, encoding, &EncodedSize::encoding);
  if (size == level.sizes.end()) return std::nullopt;
  return size->bytes;
}

std::optional<double> zeroed_percent(const PruneTableLevel& level) {
  return percentage(level.total.zeroed, level.total.elements);
}

std::optional<double> energy_percent(const PruneTableLevel& level) {
  const auto kept = level.total.retained_energy();
  if (!kept) return std::nullopt;
  return 100 * *kept;
}

/// Levels in the order of what goes, so that lines do not run back.
std::vector<const PruneTableLevel*> in_order(const PruneTable& table) {
  std::vector<const PruneTableLevel*> levels;
  for (const PruneTableLevel& level : table.levels)
    levels.push_back(&level);
  std::ranges::stable_sort(levels, {}, [](const PruneTableLevel* level) { return level->total.zeroed; });
  return levels;
}

PlotTable table_of(const std::vector<const PruneTableLevel*>& levels) {
  PlotTable table{"sparsity",       "elements",       "zeroed",      "zeroed_percent", "threshold",
                  "relative_error", "energy_percent", "dense_bytes", "zst_bytes",      "packed_bytes"};
  for (const PruneTableLevel* level : levels) {
    const std::optional<double> asked = level->count ? std::nullopt : std::optional(level->sparsity);
    std::vector<PlotTable::Cell> row{PlotTable::cell(asked), level->total.elements, level->total.zeroed};
    row.push_back(PlotTable::cell(zeroed_percent(*level)));
    row.push_back(PlotTable::cell(level->threshold));
    row.push_back(PlotTable::cell(level->total.relative_error()));
    row.push_back(PlotTable::cell(energy_percent(*level)));
    for (const Line& line : kEncodings)
      row.push_back(PlotTable::cell(size_of(*level, line.encoding.text())));
    table.add(std::move(row));
  }
  return table;
}

std::uint64_t greatest_size(const PruneTable& table) {
  std::uint64_t greatest = 0;
  for (const PruneTableLevel& level : table.levels)
    for (const EncodedSize& size : level.sizes)
      greatest = std::max(greatest, size.bytes);
  return greatest;
}

void plot_sizes(PlotScript& script, std::uint64_t greatest) {
  const ByteUnit unit = byte_unit(greatest);
  script.line("set ylabel 'size of the whole checkpoint, {}'", unit.name).line("set title 'Size' font ',14'");
  for (std::size_t at = 0; at < kEncodings.size(); ++at)
    script.part(
        "{}data index 1 using 4:(${}/{}) with linespoints linecolor rgb '{}' linewidth 2 pointtype {} "
        "title '{}'",
        at == 0 ? Literal("plot ") : Literal(", "), kFirstSize + at, unit.divisor, kEncodings[at].color,
        kEncodings[at].symbol, kEncodings[at].encoding);
  script.line("");
}

}  // namespace

std::optional<Plot> plot_pruning(const PruneTable& table, const PruneReportOptions& options) {
  const std::uint64_t greatest = greatest_size(table);
  if (greatest == 0 || table.levels.front().total.elements == 0) return std::nullopt;
  Plot plot{.id = "pruning",
            .title = fmt::format("{}: {} to prune, {}", options.name,
                                 count_of(table.tensors.size(), "tensor"), options.how),
            .table = table_of(in_order(table))};
  plot.height = 900;
  plot.script.line("set multiplot layout 2,1 title title font ',18'")
      .line("set lmargin at screen 0.08")
      .line("set rmargin at screen 0.86")
      .line("set xrange [0:100]")
      .line("set xtics 10")
      .line("set yrange [0:*]")
      .line("set xlabel 'weights zeroed, % of those to prune'")
      .line("set key at screen 0.875, graph 1 left top Left reverse samplen 2 spacing 1.4");
  plot_sizes(plot.script, greatest);
  plot.script.line("set title 'Distance from the original'")
      .line("set ylabel '%'")
      .line("set yrange [0:105]")
      .line(
          "plot data index 1 using 4:(100*$6) with linespoints linecolor rgb '{}' linewidth 2 pointtype 7 "
          "title 'relative error', data index 1 using 4:7 with linespoints linecolor rgb '{}' linewidth 2 "
          "pointtype 5 title 'energy kept'",
          plot_color::kVermilion, plot_color::kGreen)
      .line("unset multiplot");
  return plot;
}

}  // namespace weightsieve
