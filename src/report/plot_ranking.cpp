// Models by their size, the largest on top: the ranking page as bars.

#include <algorithm>

#include "report/figures.hpp"
#include "report/plot.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kMostRows = 100;
constexpr unsigned kRowHeight = 26;
constexpr unsigned kMargins = 120;
constexpr double kWide = 50;  ///< sizes farther apart than this many times need a logarithmic axis

PlotTable table_of(const Ranking& ranking, std::size_t rows) {
  PlotTable table{"rank", "model", "layers", "parameters", "parameter_bytes", "size"};
  for (std::size_t at = 0; at < rows; ++at) {
    const RankedCheckpoint& one = ranking[at];
    table.add({std::uint64_t{at + 1}, one.name, one.layers, one.parameters, one.parameter_bytes,
               binary_size(one.parameter_bytes)});
  }
  return table;
}

}  // namespace

std::optional<Plot> plot_ranking(const Ranking& ranking) {
  const std::size_t rows = std::min(ranking.size(), kMostRows);
  if (rows == 0 || ranking.front().parameter_bytes == 0) return std::nullopt;
  const auto greatest = static_cast<double>(ranking.front().parameter_bytes);
  const double least = std::max(1.0, static_cast<double>(ranking[rows - 1].parameter_bytes));
  const bool is_wide = greatest / least > kWide;
  const ByteUnit unit = byte_unit(ranking.front().parameter_bytes);

  Plot plot{.id = "ranking",
            .title = rows < ranking.size() ? fmt::format("The {} largest of {} by size", rows,
                                                         count_of(ranking.size(), "model"))
                                           : fmt::format("{} by size", count_of(ranking.size(), "model")),
            .table = table_of(ranking, rows)};
  plot.height = kMargins + kRowHeight * static_cast<unsigned>(rows);
  const double begin = is_wide ? least / unit.divisor / 2 : 0;
  const double end = is_wide ? greatest / unit.divisor * 8 : greatest / unit.divisor * 1.18;
  plot.script.line("set title title font ',18'")
      .line("set xlabel 'parameters, {}{}'", unit.name, is_wide ? Literal(", logarithmic") : Literal(""))
      .line("{}", is_wide ? Literal("set logscale x") : Literal(""))
      .line("set format x '%g'")
      .line("set xrange [{}:{}]", begin, end)
      .line("set yrange [{}:-1]", rows)
      .line("set ytics scale 0")
      .line("set grid noytics")
      .line(
          "plot data index 1 using ({}):0:({}):($5/{}):($0-0.36):($0+0.36):yticlabels(2) with boxxyerror "
          "linecolor rgb '{}', data index 1 using ($5/{}):0:6 with labels left offset 0.7,0 textcolor rgb "
          "'#374151'",
          begin, begin, unit.divisor, plot_color::kBlue, unit.divisor);
  return plot;
}

}  // namespace weightsieve
