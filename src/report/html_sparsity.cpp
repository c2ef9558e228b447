// Which share of the values lies outside each interval: over all parameters and by kind of layer, as bars
// whose bands end at the intervals, and as figures.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "report/bands.hpp"
#include "report/figures.hpp"
#include "report/html_chart.hpp"
#include "report/html_parts.hpp"
#include "report/html_table.hpp"
#include "report/html_text.hpp"
#include "report/layer_kind.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kBandColors = 6;  ///< in page.css
constexpr double kRowHeight = 24;
constexpr double kBarHeight = 15;

struct BandRow {
  std::string label;
  BandCounts counts;
};

std::vector<BandRow> rows_of(const CheckpointProfile& profile, const std::vector<BandThreshold>& thresholds) {
  std::array<TensorPointers, kLayerKinds> kinds;
  for (const TensorProfile* layer : tensors_of(profile, Role::parameter))
    kinds[static_cast<std::size_t>(layer_kind(layer->info.name))].push_back(layer);
  std::vector<BandRow> rows{{"all parameters", band_counts(*profile.totals.statistics, thresholds)}};
  for (std::size_t kind = 0; kind < kLayerKinds; ++kind) {
    BandRow row{std::string(to_literal(static_cast<LayerKind>(kind)).text()),
                band_counts(kinds[kind], thresholds)};
    if (row.counts.values > 0) rows.push_back(std::move(row));
  }
  return rows;
}

std::string band_text(std::size_t band, const std::vector<BandThreshold>& thresholds) {
  if (band == 0) return "|w| ≤ " + shortest(thresholds.front().magnitude);
  if (band == thresholds.size()) return "|w| > " + shortest(thresholds.back().magnitude);
  return fmt::format("{} < |w| ≤ {}", shortest(thresholds[band - 1].magnitude),
                     shortest(thresholds[band].magnitude));
}

std::string color_of(std::size_t band) { return fmt::format("band band-{}", band % kBandColors); }

void write_legend(TextOut& out, const std::vector<BandThreshold>& thresholds) {
  out << R"(<ul class="legend">)";
  for (std::size_t band = 0; band <= thresholds.size(); ++band)
    out << R"(<li><svg viewBox="0 0 10 10"><rect class=")" << color_of(band)
        << R"(" width="10" height="10"/></svg>)" << html_text(band_text(band, thresholds)) << "</li>";
  out << "</ul>\n";
}

void write_bar(TextOut& out, const BandRow& row, double top, const Scale& x,
               const std::vector<BandThreshold>& thresholds) {
  const std::vector<std::uint64_t> bands = row.counts.bands();
  double begin = 0;
  out << svg_text(x.from - 8, top + kBarHeight - 3.5, "end", row.label);
  for (std::size_t band = 0; band < bands.size(); ++band) {
    const double share = percentage(bands[band], row.counts.values).value_or(0);
    if (bands[band] == 0) continue;
    out << R"(<rect class=")" << color_of(band) << R"(" x=")" << coordinate(x(begin)) << R"(" y=")"
        << coordinate(top) << R"(" width=")" << coordinate(std::max(x(begin + share) - x(begin), 0.3))
        << R"(" height=")" << coordinate(kBarHeight) << R"(" data-v=")" << std::to_string(bands[band])
        << R"(">)"
        << svg_title(fmt::format("{}, {}: {} % ({})", row.label, band_text(band, thresholds),
                                 honest_percent(share), count_of(bands[band], "value")))
        << "</rect>\n";
    begin += share;
  }
}

void write_bars(TextOut& out, const CheckpointProfile& profile,
                const std::vector<BandThreshold>& thresholds) {
  const std::vector<BandRow> rows = rows_of(profile, thresholds);
  ChartArea area{.width = 560, .height = 24 + kRowHeight * static_cast<double>(rows.size()), .left = 132};
  area.bottom = 20;
  area.right = 22;
  const Scale x{0, 100, area.x_begin(), area.x_end()};
  out << R"(<figure id="bands"><figcaption>Bands of magnitude<small>Share of the values, by kind of layer)"
      << "</small></figcaption>\n";
  write_legend(out, thresholds);
  out << svg_begin(area.width, area.height, "Share of the values in each band of magnitudes");
  for (std::size_t row = 0; row < rows.size(); ++row)
    write_bar(out, rows[row], 2 + kRowHeight * static_cast<double>(row), x, thresholds);
  out << x_axis(area, x, {0, 25, 50, 75, 100}, [](double tick) { return fixed(tick, 0) + " %"; })
      << "</svg>\n</figure>\n";
}

void write_intervals(TextOut& out, const Statistics& statistics) {
  out << R"(<figure id="intervals"><figcaption>Outside of an interval<small>All )"
         "parameters</small></figcaption>\n";
  {
    HtmlTable table(out, {{"Outside", "", false},
                          {"%", "outside_percent"},
                          {"Values", "outside"},
                          {"Below", "below"},
                          {"Above", "above"}});
    for (const IntervalCount& interval : statistics.intervals) {
      const auto count = [&table](std::uint64_t values) {
        table.figure(grouped(values), std::to_string(values));
      };
      table.label(interval_text(interval.low, interval.high)).percent(statistics.outside_percent(interval));
      count(interval.below + interval.above);
      count(interval.below);
      count(interval.above);
      table.end_row();
    }
  }
  out << "</figure>\n";
}

}  // namespace

void write_html_sparsity(TextOut& out, const CheckpointProfile& profile) {
  const Statistics* const statistics = profile.totals.statistics.get();
  if (statistics == nullptr || statistics->intervals.empty()) return;
  const std::vector<BandThreshold> thresholds = band_thresholds(*statistics);
  begin_section(out, page_section::kSparsity);
  out << "<div class=\"figures\">\n";
  if (!thresholds.empty()) write_bars(out, profile, thresholds);
  write_intervals(out, *statistics);
  out << "</div>\n";
  end_section(out);
}

}  // namespace weightsieve
