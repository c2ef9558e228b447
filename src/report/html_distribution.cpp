// How the values of all parameters are distributed: by magnitude, by value, and by quantile.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/figures.hpp"
#include "report/html_chart.hpp"
#include "report/html_parts.hpp"
#include "report/html_table.hpp"

namespace weightsieve {
namespace {

/// More bins than this are drawn several in a bar.
constexpr std::size_t kMostBars = 240;

struct Bar {
  double begin;  ///< on the axis
  double end;
  std::uint64_t count;
  std::string text;     ///< what it stands for
  bool is_far = false;  ///< of all that lies far above
};

std::string bar_mark(const Bar& bar, const Scale& x, const Scale& y, double share) {
  const double left = x(bar.begin), right = x(bar.end), top = y(static_cast<double>(bar.count));
  const double gap = right - left > 6 ? 1 : 0;
  return fmt::format(
      "<rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" data-v=\"{}\">{}</rect>\n",
      coordinate(left), coordinate(top), coordinate(std::max(right - left - gap, 0.6)),
      coordinate(std::max(y.from - top, 1.0)), bar.count,
      svg_title(fmt::format("{}: {} ({} %)", bar.text, count_of(bar.count, "value"), honest_percent(share))));
}

std::string bar_marks(const std::vector<Bar>& bars, const Scale& x, const Scale& y, std::uint64_t values) {
  std::string marks;
  for (const Bar& bar : bars)
    if (bar.count > 0) marks += bar_mark(bar, x, y, percentage(bar.count, values).value_or(0));
  return marks;
}

double greatest_count(const std::vector<Bar>& bars) {
  return static_cast<double>(std::ranges::max_element(bars, {}, &Bar::count)->count);
}

/// A few values far above all others, behind many empty powers of two, would squeeze these: they are one bar
/// then.
void join_far(std::vector<Bar>& bars) {
  constexpr std::size_t many = 10;
  constexpr std::uint64_t few = 100;  // one of so many
  std::uint64_t above = 0, left = 0;
  double least = 0;  // of those above
  for (const Bar& bar : bars)
    left += bar.count;
  for (std::size_t end = bars.size(), empty = 0; end > 0; --end) {
    const std::uint64_t count = bars[end - 1].count;
    empty = count == 0 ? empty + 1 : 0;
    if (count > 0) least = bars[end - 1].begin;
    above += count;
    left -= count;
    if (empty < many || left / few < above || left == 0) continue;
    const auto first = bars.begin() + static_cast<std::ptrdiff_t>(end - 1);
    first->text = fmt::format("|w| ≥ {}", significant(std::ldexp(1, static_cast<int>(least))));
    first->count = above;
    first->is_far = true;
    bars.erase(first + 1, bars.end());
    empty = 0;
  }
}

std::vector<Bar> magnitude_bars(const MagnitudeHistogram& histogram) {
  std::vector<Bar> bars;
  for (std::size_t at = 0; at < histogram.counts.size(); ++at) {
    const int exponent = histogram.exponent_low + static_cast<int>(at);
    const std::string text = fmt::format("{} ≤ |w| < {}", significant(std::ldexp(1, exponent)),
                                         significant(std::ldexp(1, exponent + 1)));
    bars.push_back({static_cast<double>(exponent), exponent + 1.0, histogram.counts[at], text});
  }
  join_far(bars);
  // A few tiny values would squeeze all others; they are one bar then.
  constexpr std::size_t most = 40;
  if (bars.size() <= most) return bars;
  const auto kept = bars.end() - most;
  for (auto bar = bars.begin(); bar != kept; ++bar)
    kept->count += bar->count;
  kept->text = fmt::format("|w| < {}", significant(std::ldexp(1, static_cast<int>(kept->end))));
  bars.erase(bars.begin(), kept);
  return bars;
}

std::vector<Bar> value_bars(const Histogram& histogram) {
  const std::size_t bins = histogram.counts.size();
  const std::size_t together = (bins + kMostBars - 1) / kMostBars;
  const double step = (histogram.high / 2 - histogram.low / 2) / static_cast<double>(bins) * 2;
  const auto edge = [&](std::size_t at) {
    return at == bins ? histogram.high : histogram.low + static_cast<double>(at) * step;
  };
  std::vector<Bar> bars;
  for (std::size_t begin = 0; begin < bins; begin += together) {
    const std::size_t end = std::min(begin + together, bins);
    Bar bar{edge(begin), edge(end), 0,
            fmt::format("{} to {}", significant(edge(begin)), significant(edge(end)))};
    for (std::size_t at = begin; at < end; ++at)
      bar.count += histogram.counts[at];
    bars.push_back(std::move(bar));
  }
  return bars;
}

void begin_figure(TextOut& out, std::string_view id, std::string_view title, std::string_view note) {
  out << R"(<figure id=")" << id << R"("><figcaption>)" << title << "<small>" << note
      << "</small></figcaption>\n";
}

/// "2⁻⁵".
std::string power_text(double exponent) {
  constexpr std::array<std::string_view, 10> digits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = "2";
  for (const char c : fixed(exponent, 0))
    text += c == '-' ? "⁻" : digits[static_cast<std::size_t>(c - '0')];
  return text;
}

void write_magnitudes(TextOut& out, const Statistics& statistics) {
  const std::vector<Bar> bars = magnitude_bars(statistics.magnitude_histogram);
  if (bars.empty()) return;
  const ChartArea area;
  const Scale x{bars.front().begin, bars.back().end, area.x_begin(), area.x_end()};
  const Scale y{0, greatest_count(bars), area.y_begin(), area.y_end()};
  std::vector<double> edges;
  const std::size_t step = (bars.size() + 6) / 7;
  for (std::size_t at = 0; at < bars.size(); at += step)
    edges.push_back(bars[bars.size() - 1 - at].begin);
  std::string note = statistics.magnitude_histogram.exact ? "A bar a power of two; zeros are left out"
                                                          : "A bar a power of two, about; zeros are left out";
  if (bars.back().is_far) note += "; the last is " + bars.back().text;
  begin_figure(out, "magnitudes", "Values by magnitude", note);
  out << svg_begin(area.width, area.height, "Histogram of magnitudes")
      << y_axis(area, y, y.ticks(4), short_count) << x_axis(area, x, edges, power_text)
      << bar_marks(bars, x, y, statistics.counts.values()) << x_caption(area, "magnitude |w|")
      << "</svg>\n</figure>\n";
}

/// A far outlier leaves few of the bins for all the others.
bool is_coarse(const Statistics& statistics) {
  constexpr double bins_per_std = 4;
  const Histogram& histogram = statistics.histogram;
  const double width = (histogram.high - histogram.low) / static_cast<double>(histogram.counts.size());
  return width > statistics.std.value_or(0) / bins_per_std && statistics.std.value_or(0) > 0;
}

void write_values(TextOut& out, const Statistics& statistics) {
  const Histogram& histogram = statistics.histogram;
  if (histogram.counts.empty() || !std::isfinite(histogram.high - histogram.low)) return;
  const std::vector<Bar> bars = value_bars(histogram);
  const ChartArea area;
  const bool is_point = histogram.low == histogram.high;
  const Scale x{histogram.low, is_point ? histogram.low + 1 : histogram.high, area.x_begin(), area.x_end()};
  const Scale y{0.7, std::max(greatest_count(bars), 2.0), area.y_begin(), area.y_end(), true};
  const auto text = [](double value) { return significant(value); };
  std::string note =
      histogram.below + histogram.above == 0 ? "From the least to the greatest" : "Within the range";
  note += "; logarithmic count";
  if (is_coarse(statistics)) note += "; --range LOW:HIGH makes finer bins";
  begin_figure(out, "histogram", "Values", note);
  out << svg_begin(area.width, area.height, "Histogram of values") << y_axis(area, y, y.ticks(5), short_count)
      << x_axis(area, x, is_point ? std::vector<double>{histogram.low} : x.ticks(8), text)
      << bar_marks(bars, x, y, statistics.counts.values()) << x_caption(area, "value w")
      << "</svg>\n</figure>\n";
}

void write_quantile_row(HtmlTable& table, std::string_view label, const std::vector<Quantile>& quantiles) {
  table.label(label);
  for (const Quantile& quantile : quantiles)
    table.figure(quantile_text(quantile), shortest(quantile.value));
  table.end_row();
}

/// A column a quantile.
void write_quantiles(TextOut& out, const Statistics& statistics) {
  const auto& values = statistics.quantiles.values;
  if (values.empty()) return;
  begin_figure(out, "quantiles", "Quantiles", approximation_note(statistics));
  {
    std::vector<HtmlColumn> heads{{"Share of values", "name", false}};
    for (const Quantile& quantile : values)
      heads.push_back({significant(100 * quantile.q, 6) + " %"});
    HtmlTable table(out, heads);
    write_quantile_row(table, "have a value below", values);
    write_quantile_row(table, "have a magnitude below", statistics.magnitude_quantiles.values);
  }
  out << "</figure>\n";
}

}  // namespace

void write_html_distribution(TextOut& out, const CheckpointProfile& profile) {
  const Statistics* const statistics = profile.totals.statistics.get();
  if (statistics == nullptr) return;
  begin_section(out, page_section::kDistribution,
                lacks_quantiles(*statistics) ? kNoQuantiles : std::string_view());
  out << "<div class=\"figures\">\n";
  write_magnitudes(out, *statistics);
  write_values(out, *statistics);
  out << "</div>\n";
  write_quantiles(out, *statistics);
  end_section(out);
}

}  // namespace weightsieve
