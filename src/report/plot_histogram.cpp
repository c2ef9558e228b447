// How the values of the whole checkpoint are distributed: where most of them lie with a linear count, and
// from the least to the greatest with a logarithmic one.

#include <algorithm>
#include <cmath>

#include "report/plot.hpp"

namespace weightsieve {
namespace {

/// As numpy.linspace places the edges of bins.
double edge(const Histogram& histogram, std::size_t at) {
  const std::size_t bins = histogram.counts.size();
  if (at == bins) return histogram.high;
  const double step = (histogram.high - histogram.low) / static_cast<double>(bins);
  return static_cast<double>(at) * step + histogram.low;
}

bool can_be_drawn(const Statistics* totals) {
  if (totals == nullptr) return false;
  const auto is_filled = [](std::uint64_t count) { return count > 0; };
  if (std::ranges::none_of(totals->histogram.counts, is_filled)) return false;
  return std::isfinite(totals->histogram.high - totals->histogram.low);
}

PlotTable table_of(const Histogram& histogram) {
  PlotTable table{"bin_low", "bin_high", "count"};
  if (histogram.below > 0) table.add({std::monostate(), histogram.low, histogram.below});
  for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin)
    table.add({edge(histogram, bin), edge(histogram, bin + 1), histogram.counts[bin]});
  if (histogram.above > 0) table.add({histogram.high, std::monostate(), histogram.above});
  return table;
}

struct Range {
  double low;
  double high;
  std::size_t bins = 0;
};

/// The bins that hold all but a thousandth of the values on either side.
Range middle_bins(const Histogram& histogram) {
  std::uint64_t total = 0;
  for (const std::uint64_t count : histogram.counts)
    total += count;
  const auto bins_in_tail = [tail = total / 1000](auto begin, auto end) {
    std::uint64_t seen = 0;
    return static_cast<std::size_t>(
        std::find_if(begin, end, [&](std::uint64_t count) { return (seen += count) > tail; }) - begin);
  };
  const std::size_t first = bins_in_tail(histogram.counts.begin(), histogram.counts.end());
  const std::size_t last =
      histogram.counts.size() - bins_in_tail(histogram.counts.rbegin(), histogram.counts.rend());
  return {edge(histogram, first), edge(histogram, last), last - first};
}

/// A range of no width is none for gnuplot.
Range widened(Range range) {
  if (range.low < range.high) return range;
  const double room = range.low == 0 ? 1 : std::fabs(range.low) / 2;
  return {range.low - room, range.high + room, range.bins};
}

/// From one quantile to the other, where both are known.
std::optional<Range> between(const Statistics& statistics, double low, double high) {
  const auto& quantiles = statistics.quantiles.values;
  const auto first = std::ranges::find(quantiles, low, &Quantile::q);
  const auto last = std::ranges::find(quantiles, high, &Quantile::q);
  if (first == quantiles.end() || last == quantiles.end()) return std::nullopt;
  return Range{first->value, last->value};
}

/// A far outlier leaves few of the bins for all the others.
void set_middle_title(PlotScript& script, const Statistics& statistics, const Range& middle) {
  constexpr std::size_t few = 30;
  script.part("set title 'The middle 99.8 %, count on a linear axis");
  const Range finer = between(statistics, 0.001, 0.999).value_or(middle);
  if (middle.bins < few) script.part(" (--range={:.2g}:{:.2g} makes finer bins)", finer.low, finer.high);
  script.line("' font ',14'");
}

}  // namespace

std::optional<Plot> plot_histogram(const CheckpointProfile& profile, const ReportOptions& options) {
  const Statistics* const totals = profile.totals.statistics.get();
  if (!can_be_drawn(totals)) return std::nullopt;
  const Histogram& histogram = totals->histogram;
  const double greatest = static_cast<double>(*std::ranges::max_element(histogram.counts));
  const PlotUnit unit = plot_unit(greatest);
  const Range middle = widened(middle_bins(histogram));
  const Range whole = widened({histogram.low, histogram.high});

  Plot plot{.id = "histogram", .title = plot_title(profile, options), .table = table_of(histogram)};
  plot.height = 800;
  set_middle_title(plot.script.line("set multiplot layout 2,1 title title font ',18'"), *totals, middle);
  plot.script.line("set xlabel 'value'")
      .line("set xrange [{}:{}]", middle.low, middle.high)
      .line("set yrange [0:*]")
      .line("set ylabel 'values{}'", unit.name)
      .line("plot data index 1 using (($1+$2)/2):($3/{}):($2-$1) with boxes linecolor rgb '{}'", unit.divisor,
            plot_color::kBlue)
      .line("set xrange [{}:{}]", whole.low, whole.high)
      .line("set yrange [0.5:*]")
      .line("set logscale y")
      .line("set format y '%.0s%c'")
      .line("set ylabel 'values'")
      .line("set title '{}, count on a logarithmic axis'", histogram.below + histogram.above == 0
                                                               ? Literal("All values")
                                                               : Literal("All values in the range"))
      .line("plot data index 1 using (($1+$2)/2):3:($2-$1) with boxes linecolor rgb '{}'", plot_color::kBlue)
      .line("unset multiplot");
  return plot;
}

}  // namespace weightsieve
