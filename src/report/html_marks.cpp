#include "report/html_marks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/figures.hpp"
#include "report/html_text.hpp"
#include "report/sparkline.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kCells = 32;
constexpr int kCellWidth = 3;
constexpr int kHeight = 24;

/// 1, 2 or 5 times a power of ten, so that at most about `about` of them fill the width.
double round_step(double width, unsigned about) {
  const double least = width / about;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

std::vector<double> powers_of_ten(double low, double high, unsigned about) {
  const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  const int step = std::max(1, (last - first + 1) / static_cast<int>(about) + 1);
  std::vector<double> ticks;
  for (int exponent = first; exponent <= last;
       exponent += (last - first < static_cast<int>(about) ? 1 : step))
    ticks.push_back(std::pow(10, exponent));
  return ticks;
}

/// What is there is seen: at least one unit high.
int height_of(double count, double most) {
  if (count <= 0 || most <= 0) return 0;
  return std::max(1, static_cast<int>(std::lround(kHeight * std::sqrt(count / most))));
}

/// The outline of a histogram; neighbours of one height share a step.
std::string outline(const std::vector<double>& cells) {
  const double most = *std::ranges::max_element(cells);
  std::string path = fmt::format("M0 {}", kHeight);
  int height = 0, run = 0;
  const auto flush = [&] {
    if (run > 0) path += fmt::format("h{}", run * kCellWidth);
    run = 0;
  };
  for (const double count : cells) {
    const int next = height_of(count, most);
    if (next != height) {
      flush();
      path += fmt::format("V{}", kHeight - next);
    }
    height = next;
    ++run;
  }
  flush();
  return path + fmt::format("V{}", kHeight);
}

std::string sparkline_of(const Spread& range, std::string_view paths) {
  return fmt::format(R"(<svg class="spark" viewBox="0 0 {} {}">{}{}</svg>)", kCells * kCellWidth, kHeight,
                     svg_title(fmt::format("{} to {}", significant(range.low), significant(range.high))),
                     paths);
}

}  // namespace

std::string coordinate(double value) {
  std::string text = fixed(value, 1);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

double Scale::operator()(double value) const {
  const auto place = [this](double v) { return logarithmic ? std::log10(std::max(v, low)) : v; };
  // Halved first, for the width may not fit a double.
  const double width = place(high) / 2 - place(low) / 2;
  const double share = width > 0 ? (place(value) / 2 - place(low) / 2) / width : 0;
  return std::isfinite(share) ? from + share * (to - from) : from;
}

std::vector<double> Scale::ticks(unsigned about) const {
  if (!(low < high) || !std::isfinite(high - low)) return {low};
  if (logarithmic) return powers_of_ten(low, high, about);
  const double step = round_step(high - low, about);
  std::vector<double> found;
  // Counted, because beside a large value a step may be lost in rounding.
  const double first = std::ceil(low / step - 1e-9);
  for (unsigned i = 0; i <= about; ++i) {
    const double tick = (first + i) * step;
    const bool is_new = found.empty() || tick > found.back();
    if (is_new && tick <= high + step * 1e-9) found.push_back(tick == 0 ? 0 : tick);
  }
  return found;
}

std::string svg_text(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format(R"(<text x="{}" y="{}" text-anchor="{}">{}</text>)", coordinate(x), coordinate(y),
                     anchor, html_text(text));
}

std::string svg_title(std::string_view text) { return fmt::format("<title>{}</title>", html_text(text)); }

std::string svg_line(double x1, double y1, double x2, double y2, std::string_view style) {
  return fmt::format(R"(<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>)", style, coordinate(x1),
                     coordinate(y1), coordinate(x2), coordinate(y2));
}

std::string svg_begin(double width, double height, std::string_view label) {
  return fmt::format("<svg class=\"figure\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
                     coordinate(width), coordinate(height), html_text(label));
}

std::string svg_sparkline(TensorSpan tensors) {
  const std::optional<Spread> range = histogram_range(tensors);
  if (!range) return "";
  return sparkline_of(*range,
                      fmt::format(R"(<path d="{}"/>)", outline(histogram_cells(tensors, *range, kCells))));
}

std::string svg_sparkline(TensorSpan before, TensorSpan after) {
  const std::optional<Spread> a = histogram_range(before), b = histogram_range(after);
  if (!a || !b) return a ? svg_sparkline(before) : svg_sparkline(after);
  const Spread range{std::min(a->low, b->low), std::max(a->high, b->high)};
  return sparkline_of(range, fmt::format(R"(<path class="before" d="{}"/><path class="after" d="{}"/>)",
                                         outline(histogram_cells(before, range, kCells)),
                                         outline(histogram_cells(after, range, kCells))));
}

}  // namespace weightsieve
