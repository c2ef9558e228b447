#include "report/plot.hpp"

#include <algorithm>
#include <array>

#include "report/figures.hpp"
#include "report/gnuplot.hpp"

namespace weightsieve {
namespace {

/// Every picture looks like this until its own lines say otherwise. The title comes out of the data, as a
/// value that is never read as a command.
constexpr Literal kStyle = R"(set encoding utf8
set datafile separator tab
set datafile missing 'NaN'
data = '/dev/fd/3'
title = ''
set table $unused
plot data index 0 using (title = strcol(1), 0):(0) with table
unset table
set border 3 linecolor rgb '#6B7280'
set tics nomirror out scale 0.5 textcolor rgb '#374151'
set grid xtics ytics linecolor rgb '#E5E7EB' linetype 1 linewidth 1
set style fill solid 1 noborder
set key noenhanced
unset key
)";

/// Sizes of fonts are pixels in both: those of PNG would be points, of which 72 make 96 pixels. Whoever looks
/// at an SVG may not have any one font, but a sans-serif.
void set_terminal(PlotScript& script, const Plot& plot, PlotEnding ending) {
  if (ending == PlotEnding::svg) {
    script.line(
        "set terminal svg size {},{} name '{}' noenhanced font 'sans-serif,12' background rgb 'white'",
        kPlotWidth, plot.height, plot.id);
  } else {
    script.line(
        "set terminal pngcairo size {},{} noenhanced font 'Sans,12' fontscale 0.75 background rgb 'white'",
        kPlotWidth, plot.height);
  }
}

bool is_whole(std::string_view picture, PlotEnding ending) {
  if (ending == PlotEnding::png) return picture.ends_with("IEND\xAE\x42\x60\x82");
  const std::size_t end = picture.find_last_not_of('\n');
  return picture.substr(0, end + 1).ends_with("</svg>");
}

}  // namespace

std::string draw(const Plot& plot, PlotEnding ending) {
  PlotScript script;
  script.line("{}", kStyle);
  set_terminal(script, plot, ending);
  const Letters letters = ending == PlotEnding::svg ? Letters::all : Letters::in_any_font;
  std::string picture =
      run_gnuplot(script.text() + plot.script.text(), plot.table.plot_data(plot.title, letters));
  if (!is_whole(picture, ending)) throw CannotDraw("gnuplot failed: the picture is cut short");
  return picture;
}

PlotUnit plot_unit(double greatest) noexcept {
  constexpr std::array<PlotUnit, 5> units{PlotUnit{1e12, " in trillions"},
                                          {1e9, " in billions"},
                                          {1e6, " in millions"},
                                          {1e3, " in thousands"},
                                          {1, ""}};
  const auto* const unit =
      std::ranges::find_if(units, [greatest](const PlotUnit& one) { return greatest >= one.divisor; });
  return unit == units.end() ? units.back() : *unit;
}

ByteUnit byte_unit(std::uint64_t greatest) noexcept {
  constexpr double kibi = 1024;
  const auto bytes = static_cast<double>(greatest);
  if (bytes >= kibi * kibi * kibi) return {kibi * kibi * kibi, "GiB"};
  if (bytes >= kibi * kibi) return {kibi * kibi, "MiB"};
  if (bytes >= kibi) return {kibi, "KiB"};
  return {1, "bytes"};
}

std::string plot_title(const CheckpointProfile& profile, const ReportOptions& options) {
  return fmt::format("{}: {} in {}", title_of(profile, options),
                     count_of(profile.totals.parameters, "parameter"),
                     count_of(profile.totals.layers, "layer"));
}

}  // namespace weightsieve
