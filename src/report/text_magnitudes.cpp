// The magnitudes of all values as bars, one a power of two: how long the tails are, at a glance.
#include <fmt/format.h>

#include <cmath>

#include "report/figures.hpp"
#include "report/text_totals.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kBarColumns = 24;
constexpr std::size_t kBars = 14;  ///< what is smaller shares one more

struct Bar {
  std::string label;
  std::uint64_t count;
};

/// From the largest magnitudes to the smallest; powers of two that have no values, one after the other, in
/// one.
std::vector<Bar> magnitude_bars(const Statistics& statistics) {
  const MagnitudeHistogram& histogram = statistics.magnitude_histogram;
  std::vector<Bar> bars;
  const auto edge = [&histogram](std::size_t bin) {
    return significant(std::ldexp(1.0, histogram.exponent_low + static_cast<int>(bin)), 3);
  };
  std::size_t bin = histogram.counts.size();
  for (; bin > 0 && bars.size() < kBars; --bin) {
    const bool goes_on = histogram.counts[bin - 1] == 0 && !bars.empty() && bars.back().count == 0;
    if (goes_on) bars.pop_back();
    bars.push_back({edge(bin - 1), histogram.counts[bin - 1]});
  }
  std::uint64_t rest = 0;
  for (std::size_t i = 0; i < bin; ++i)
    rest += histogram.counts[i];
  if (bin > 0) bars.push_back({"< " + edge(bin), rest});
  bars.push_back({"0", statistics.counts.zero});
  return bars;
}

/// A bar of eighths of a column, so that every value that is there leaves a trace.
std::string bar_text(std::uint64_t count, std::uint64_t longest) {
  constexpr std::array<std::string_view, 8> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (count == 0) return "";
  const double columns = kBarColumns * static_cast<double>(count) / static_cast<double>(longest);
  const auto parts = std::max<std::size_t>(1, static_cast<std::size_t>(columns * 8));
  std::string bar;
  for (std::size_t full = parts / 8; full > 0; --full)
    bar += "█";
  return bar + std::string(eighths[parts % 8]);
}

}  // namespace

void write_text_magnitudes(TextOut& out, const Statistics& statistics, const TableLayout& layout) {
  if (statistics.magnitude_histogram.counts.empty()) return;
  const std::vector<Bar> bars = magnitude_bars(statistics);
  std::uint64_t longest = 1;
  for (const Bar& bar : bars)
    longest = std::max(longest, bar.count);
  const std::uint64_t values = statistics.counts.values();
  std::vector<TextColumn> columns;
  columns.push_back(
      {"magnitude ≥", Align::right, kLabel, [&bars](std::size_t row) { return bars[row].label; }});
  columns.push_back(
      {"values", Align::right, 3, [&bars](std::size_t row) { return grouped(bars[row].count); }});
  columns.push_back({"%", Align::right, 2, [&bars, values](std::size_t row) {
                       return honest_percent(percentage(bars[row].count, values));
                     }});
  columns.push_back(
      {"", Align::left, 1, [&bars, longest](std::size_t row) { return bar_text(bars[row].count, longest); }});
  out << "\n";
  write_table(out, std::move(columns), bars.size(), layout);
}

}  // namespace weightsieve
