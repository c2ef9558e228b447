// The marks that pictures of an HTML page are made of: SVG drawn here, whose colours are the style sheet's.
// A `<title>` in a mark is its tooltip, with and without scripts. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/measures.hpp"
#include "report/rows.hpp"

namespace weightsieve {

/// A coordinate as SVG takes it: at most one decimal.
std::string coordinate(double value);

/// From values to coordinates. What cannot be drawn (0 on a logarithmic axis, infinities) stays at the low
/// end.
struct Scale {
  double low = 0;
  double high = 1;
  double from = 0;  ///< the coordinate of `low`
  double to = 1;
  bool logarithmic = false;

  double operator()(double value) const;
  /// Round numbers from low to high, about so many; powers of ten on a logarithmic scale.
  std::vector<double> ticks(unsigned about) const;
};

/// A text at a place; `anchor`: start, middle or end.
std::string svg_text(double x, double y, std::string_view anchor, std::string_view text);

/// A tooltip.
std::string svg_title(std::string_view text);

std::string svg_line(double x1, double y1, double x2, double y2, std::string_view style);

/// Opens a picture that is as wide as its place allows. `label`: what a reader of the page is told that it
/// is.
std::string svg_begin(double width, double height, std::string_view label);

/// The histogram of a row, from its least value to its greatest; heights go with the square root of the
/// counts, so that tails show. Empty where there is none.
std::string svg_sparkline(TensorSpan tensors);

/// Of the same tensor before and after, over their common range: a line on top of a grey shape.
std::string svg_sparkline(TensorSpan before, TensorSpan after);

}  // namespace weightsieve
