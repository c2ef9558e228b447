// A picture with two axes on an HTML page: its frame, ticks and labels. The marks in it are the caller's.
// Plain values and pure functions; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "report/html_marks.hpp"

namespace weightsieve {

/// The rectangle that marks are drawn in, within a picture of `width` and `height`.
struct ChartArea {
  double width = 520;
  double height = 230;
  double left = 56;
  double right = 12;
  double top = 8;
  double bottom = 34;

  double x_begin() const { return left; }
  double x_end() const { return width - right; }
  double y_begin() const { return height - bottom; }  ///< where the axis lies
  double y_end() const { return top; }
};

using TickText = std::function<std::string(double)>;

/// Lines across the area at each tick, with their labels to the left.
std::string y_axis(const ChartArea& area, const Scale& y, const std::vector<double>& ticks,
                   const TickText& text);

/// Labels below the area at each tick.
std::string x_axis(const ChartArea& area, const Scale& x, const std::vector<double>& ticks,
                   const TickText& text);

/// What the x axis shows, below its labels.
std::string x_caption(const ChartArea& area, std::string_view text);

/// A count short enough for an axis: "1.5 M".
std::string short_count(double count);

}  // namespace weightsieve
