// How layers change from block to block, as small multiples: a panel a kind of layer, all on the same axes.
// The other kinds stay in the background, so that each panel shows where its own stands among them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "report/depth.hpp"
#include "report/figures.hpp"
#include "report/html_chart.hpp"
#include "report/html_parts.hpp"
#include "report/html_text.hpp"

namespace weightsieve {
namespace {

/// Fewer blocks are no line.
constexpr double kLeastPositions = 2;

/// Deeper than this, points would touch: the line alone is drawn, and tooltips are at its corners.
constexpr double kMostDots = 40;

constexpr ChartArea kArea{.width = 260, .height = 130, .left = 44, .right = 8, .top = 6, .bottom = 20};

using DepthFigure = std::optional<double> (*)(const DepthPoint& point, std::size_t interval);

struct Multiple {
  std::string_view id;
  std::string title;
  std::string_view note;
  std::string unit;
  DepthFigure figure;
};

std::optional<double> std_of(const DepthPoint& point, std::size_t) { return point.statistics.std; }

std::optional<double> abs_max_of(const DepthPoint& point, std::size_t) {
  const auto greatest = point.statistics.abs_max();
  return greatest ? std::optional(greatest->as_double()) : std::nullopt;
}

std::optional<double> outside_of(const DepthPoint& point, std::size_t interval) {
  return outside_percent(point.layers, interval);
}

/// One kind in one multiple.
struct Series {
  LayerKind kind;
  std::vector<std::pair<const DepthPoint*, double>> values;
};

std::vector<Series> series_of(const Depth& depth, const Multiple& multiple, std::size_t interval) {
  std::vector<Series> all;
  for (const DepthPoints& points : by_kind(depth)) {
    Series series{points.front().kind, {}};
    for (const DepthPoint& point : points) {
      const auto value = multiple.figure(point, interval);
      if (point.position >= 0 && value && std::isfinite(*value)) series.values.emplace_back(&point, *value);
    }
    if (series.values.size() > 1) all.push_back(std::move(series));
  }
  return all;
}

/// From 0; logarithmic where the least would not be seen beside the greatest, over three powers of ten at
/// most.
Scale scale_of(const std::vector<Series>& all) {
  constexpr double wide = 30, deepest = 1000;
  double least = INFINITY, greatest = 0;
  for (const Series& series : all) {
    for (const auto& [point, value] : series.values) {
      if (value > 0) least = std::min(least, value);
      greatest = std::max(greatest, value);
    }
  }
  if (greatest > wide * least)
    return {std::max(least / 1.3, greatest / deepest), greatest * 1.3, kArea.y_begin(), kArea.y_end(), true};
  return {0, greatest > 0 ? greatest * 1.05 : 1, kArea.y_begin(), kArea.y_end()};
}

/// Broken where one stack of blocks ends and another begins.
std::string line_path(const Series& series, const Scale& x, const Scale& y) {
  std::string path;
  const DepthPoint* before = nullptr;
  for (const auto& [point, value] : series.values) {
    path += before != nullptr && before->stack == point->stack ? "L" : "M";
    path += coordinate(x(point->position)) + " " + coordinate(y(value));
    before = point;
  }
  return path;
}

std::string place_text(const DepthPoint& point, bool several_stacks) {
  return several_stacks ? fmt::format("{}.{}", point.stack, point.block)
                        : fmt::format("block {}", point.block);
}

std::vector<double> block_ticks(const Depth& depth) {
  std::vector<double> ticks;
  if (depth.stacks.size() == 1) {
    const Scale blocks{0, depth.positions - 1, 0, 1};
    for (const double tick : blocks.ticks(4))
      if (tick == std::trunc(tick)) ticks.push_back(tick);
    return ticks;
  }
  for (const DepthStack& stack : depth.stacks)
    ticks.push_back(stack.begin);
  return ticks;
}

class MultipleWriter {
 public:
  MultipleWriter(TextOut& out, const Depth& depth, const Multiple& multiple, std::size_t interval)
      : out_(out),
        depth_(depth),
        multiple_(multiple),
        all_(series_of(depth, multiple, interval)),
        x_{-0.3, depth.positions - 0.7, kArea.x_begin(), kArea.x_end()},
        y_(scale_of(all_)) {}

  void write() {
    if (all_.empty()) return;
    out_ << R"(<figure class="multiple" id=")" << multiple_.id << R"("><figcaption>)"
         << html_text(multiple_.title) << "<small>" << multiple_.note << scale_text()
         << "</small></figcaption>\n"
         << R"(<svg class="store"><defs><g id="all-)" << multiple_.id << R"(">)";
    for (const Series& series : all_)
      out_ << R"(<path d=")" << line_path(series, x_, y_) << R"("/>)";
    out_ << "</g></defs></svg>\n<div class=\"panels\">\n";
    for (const Series& series : all_)
      write_panel(series);
    out_ << "</div>\n</figure>\n";
  }

 private:
  void write_panel(const Series& series) {
    const std::string_view kind = to_literal(series.kind).text();
    out_ << "<div><h3>" << kind << "</h3>\n"
         << svg_begin(kArea.width, kArea.height, fmt::format("{} by block: {}", multiple_.title, kind))
         << y_axis(kArea, y_, y_.ticks(3),
                   [this](double tick) { return significant(tick, 3) + multiple_.unit; })
         << x_axis(kArea, x_, block_ticks(depth_), [this](double tick) { return tick_text(tick); })
         << R"(<use class="ghost" href="#all-)" << multiple_.id << R"("/><path class="line" d=")"
         << line_path(series, x_, y_) << "\"/>\n";
    const bool dots = depth_.positions <= kMostDots;
    for (const auto& [point, value] : series.values)
      out_ << R"(<circle class=")" << (dots ? "dot" : "spot") << R"(" cx=")"
           << coordinate(x_(point->position)) << R"(" cy=")" << coordinate(y_(value)) << R"(" r=")"
           << (dots ? "2.6" : "4") << R"(" data-v=")" << shortest(value) << R"(">)"
           << svg_title(fmt::format("{}, {}: {}{}", kind, place_text(*point, depth_.stacks.size() > 1),
                                    significant(value), multiple_.unit))
           << "</circle>";
    out_ << "</svg></div>\n";
  }

  /// What is smaller than the axis reaches is drawn at its end, and must not be taken for a figure.
  std::string_view scale_text() const {
    if (!y_.logarithmic) return "";
    const bool is_cut = std::ranges::any_of(all_, [this](const Series& series) {
      return std::ranges::any_of(series.values, [this](const auto& value) { return value.second < y_.low; });
    });
    return is_cut ? "; logarithmic, what is smaller lies on the lowest line" : "; logarithmic";
  }

  /// Of several stacks each begins at its own block 0.
  std::string tick_text(double position) const {
    return depth_.stacks.size() == 1 ? fixed(position, 0) : "0";
  }

  TextOut& out_;
  const Depth& depth_;
  const Multiple& multiple_;
  std::vector<Series> all_;
  Scale x_;
  Scale y_;
};

std::size_t middle_interval(const Statistics& statistics) { return (statistics.intervals.size() - 1) / 2; }

std::vector<Multiple> multiples_of(const Statistics& statistics) {
  std::vector<Multiple> all{
      {"depth-std", "Standard deviation", "A panel a kind of layer, block by block", "", std_of},
      {"depth-max", "Greatest magnitude", "The extreme of each block", "", abs_max_of}};
  if (statistics.intervals.empty()) return all;
  const IntervalCount& interval = statistics.intervals[middle_interval(statistics)];
  all.push_back({"depth-outside", "Share of values with " + beyond_text(interval.low, interval.high),
                 "Percent of the values of each block", " %", outside_of});
  return all;
}

}  // namespace

bool has_html_depth(const CheckpointProfile& profile) {
  if (!profile.options || !profile.totals.statistics) return false;
  const TensorPointers layers = tensors_of(profile, Role::parameter);
  return std::ranges::any_of(layers, [](const TensorProfile* layer) {
    const auto place = block_place(layer->info.name);
    return place && place->block + 1 >= kLeastPositions;
  });
}

void write_html_depth(TextOut& out, const CheckpointProfile& profile) {
  if (!has_html_depth(profile)) return;
  const Depth depth = depth_of(profile);
  const Statistics& totals = *profile.totals.statistics;
  begin_section(out, page_section::kDepth,
                depth.stacks.size() == 1
                    ? "From the first block to the last. Grey lines are the other kinds, for comparison."
                    : "Stacks of blocks stand side by side. Grey lines are the other kinds, for comparison.");
  const std::size_t interval = totals.intervals.empty() ? 0 : middle_interval(totals);
  for (const Multiple& multiple : multiples_of(totals))
    MultipleWriter(out, depth, multiple, interval).write();
  end_section(out);
}

}  // namespace weightsieve
