// Where two checkpoints differ: the tensors that changed most, by how far and in how many of their values. Of
// saved profiles, whose values are gone, by the distance of their distributions.

#include <algorithm>

#include "report/comparison_facts.hpp"
#include "report/figures.hpp"
#include "report/plot.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kMostRows = 60;
constexpr unsigned kRowHeight = 20;
constexpr unsigned kMargins = 130;

/// A tensor pair that differs, and its figures.
struct Change {
  const std::string* name;
  std::uint64_t elements;
  std::optional<double> relative_l2, changed_percent, ks;
};

std::optional<double> changed_percent(const TensorPair& pair) {
  if (!pair.values) return std::nullopt;
  return percentage(pair.values->values - pair.values->equal, pair.values->values);
}

Change change_of(const ProfileDiff& diff, const TensorPair& pair) {
  const TensorInfo& info = diff.info_a(pair);
  return {&info.name, info.elements, pair.values ? pair.values->relative_l2 : std::nullopt,
          changed_percent(pair), pair.ks ? std::optional(pair.ks->value) : std::nullopt};
}

/// One of the figures that a panel shows; columns of the table, counted from 1.
struct Figure {
  Literal title;
  unsigned column;
  std::optional<double> Change::*value;
};
constexpr Figure kRelativeL2{"relative L2 of the difference", 3, &Change::relative_l2};
constexpr Figure kChanged{"changed values, %", 4, &Change::changed_percent};
constexpr Figure kDistance{"KS distance", 5, &Change::ks};

/// What has changed by some figure, most first; pairs that are equal or of which no figure is known stay
/// away.
std::vector<Change> changes_of(const ProfileDiff& diff, const Figure& by) {
  std::vector<Change> changes;
  for (const TensorPair& pair : diff.pairs) {
    const Change change = change_of(diff, pair);
    if ((change.*by.value).value_or(0) > 0) changes.push_back(change);
  }
  std::ranges::stable_sort(changes, std::ranges::greater(),
                           [&by](const Change& change) { return *(change.*by.value); });
  if (changes.size() > kMostRows) changes.resize(kMostRows);
  return changes;
}

PlotTable table_of(const std::vector<Change>& changes) {
  PlotTable table{"layer", "elements", "relative_l2", "changed_percent", "ks_distance"};
  for (const Change& change : changes)
    table.add({*change.name, change.elements, PlotTable::cell(change.relative_l2),
               PlotTable::cell(change.changed_percent), PlotTable::cell(change.ks)});
  return table;
}

double least_of(const std::vector<Change>& changes, const Figure& by) { return *(changes.back().*by.value); }

/// Bars need a place to begin; logarithmic where the greatest is many times the least.
void plot_bars(PlotScript& script, const std::vector<Change>& changes, const Figure& by, Literal color) {
  constexpr double wide = 50;
  const double greatest = *(changes.front().*by.value);
  const double least = least_of(changes, by);
  const bool is_wide = greatest > wide * least;
  const double begin = is_wide ? least / 2 : 0;
  script.line("{} logscale x", is_wide ? Literal("set") : Literal("unset"))
      .line("set xrange [{}:*]", begin)
      .line("set xlabel '{}'", by.title)
      .line(
          "plot data index 1 using ({}):0:({}):{}:($0-0.36):($0+0.36):yticlabels(1) with boxxyerror "
          "linecolor rgb '{}'",
          begin, begin, by.column, color);
}

/// A second figure beside the bars, its points in the same rows.
void plot_points(PlotScript& script, const Figure& figure) {
  script.line("unset logscale x")
      .line("set format y ''")
      .line("set xrange [0:*]")
      .line("set xlabel '{}'", figure.title)
      .line("plot data index 1 using {}:0 with points pointtype 7 pointsize 0.8 linecolor rgb '{}'",
            figure.column, plot_color::kVermilion);
}

bool has(const std::vector<Change>& changes, const Figure& figure) {
  return std::ranges::any_of(changes,
                             [&figure](const Change& change) { return (change.*figure.value).has_value(); });
}

/// "model and half: different: 98 of 104 tensors changed; the 60 that changed most".
std::string title_of(const ProfileDiff& diff, std::size_t shown) {
  const bool is_cut = shown == kMostRows && diff.count(Likeness::different) > shown;
  return fmt::format("{} and {}: {}{}", diff.a.name, diff.b.name, verdict_text(diff),
                     is_cut ? fmt::format("; the {} that changed most", shown) : "");
}

}  // namespace

std::optional<Plot> plot_comparison(const ProfileDiff& diff) {
  const Figure& by = diff.values_compared ? kRelativeL2 : kDistance;
  const Figure& beside = diff.values_compared ? kChanged : kRelativeL2;
  const std::vector<Change> changes = changes_of(diff, by);
  if (changes.empty()) return std::nullopt;

  Plot plot{.id = "comparison", .title = title_of(diff, changes.size()), .table = table_of(changes)};
  plot.height = kMargins + kRowHeight * static_cast<unsigned>(changes.size());
  const double pixel = 1.0 / plot.height;
  plot.script.line("set multiplot title title font ',18'")
      .line("set tmargin at screen {}", 1 - 60 * pixel)
      .line("set bmargin at screen {}", 64 * pixel)
      .line("set yrange [{}:-1]", changes.size())
      .line("set ytics scale 0 font ',11'")
      .line("set grid noytics")
      .line("set format x '%g'")
      .line("set lmargin at screen 0.36")
      .line("set rmargin at screen {}", has(changes, beside) ? 0.7 : 0.97);
  plot_bars(plot.script, changes, by, plot_color::kBlue);
  if (has(changes, beside)) {
    plot.script.line("set lmargin at screen 0.73").line("set rmargin at screen 0.97");
    plot_points(plot.script, beside);
  }
  plot.script.line("unset multiplot");
  return plot;
}

}  // namespace weightsieve
