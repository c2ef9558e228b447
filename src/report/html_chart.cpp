#include "report/html_chart.hpp"

#include <array>
#include <cmath>

#include "report/figures.hpp"

namespace weightsieve {

std::string y_axis(const ChartArea& area, const Scale& y, const std::vector<double>& ticks,
                   const TickText& text) {
  constexpr double below_middle = 3.5;  // of a digit
  std::string marks;
  for (const double tick : ticks) {
    marks += svg_line(area.x_begin(), y(tick), area.x_end(), y(tick), "axis");
    marks += svg_text(area.x_begin() - 6, y(tick) + below_middle, "end", text(tick));
  }
  return marks;
}

std::string x_axis(const ChartArea& area, const Scale& x, const std::vector<double>& ticks,
                   const TickText& text) {
  std::string marks;
  for (const double tick : ticks)
    marks += svg_text(x(tick), area.y_begin() + 14, "middle", text(tick));
  return marks;
}

std::string x_caption(const ChartArea& area, std::string_view text) {
  return svg_text((area.x_begin() + area.x_end()) / 2, area.height - 3, "middle", text);
}

std::string short_count(double count) {
  constexpr std::array<std::string_view, 5> units{"", " k", " M", " G", " T"};
  std::size_t unit = 0;
  for (; count >= 1000 && unit + 1 < units.size(); ++unit)
    count /= 1000;
  return significant(count, 3) + std::string(units[unit]);
}

}  // namespace weightsieve
