#include "report/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "report/measures.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kCells = 10;
constexpr std::array<std::string_view, 8> kLevels{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

bool has_histogram(const TensorProfile& tensor) {
  return tensor.statistics && !tensor.statistics->histogram.counts.empty();
}

/// How far `value` lies from the low end, of 1; halved first, for the width may not fit a double.
double share_of(double value, const Spread& range) {
  const double width = range.high / 2 - range.low / 2;
  return width > 0 ? (value / 2 - range.low / 2) / width : 0.5;
}

void add(const Histogram& histogram, const Spread& range, std::vector<double>& cells) {
  const double first = share_of(histogram.low, range);
  const double step =
      (share_of(histogram.high, range) - first) / static_cast<double>(histogram.counts.size());
  const auto width = static_cast<double>(cells.size());
  for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin) {
    const double middle = first + (static_cast<double>(bin) + 0.5) * step;
    if (middle < 0 || middle > 1) continue;
    const auto cell = static_cast<std::size_t>(middle * width);
    cells[std::min(cell, cells.size() - 1)] += static_cast<double>(histogram.counts[bin]);
  }
}

std::string_view level_of(double count, double most) {
  if (count == 0) return " ";
  const auto level = static_cast<std::size_t>(count / most * kLevels.size());
  return kLevels[std::min(level, kLevels.size() - 1)];
}

}  // namespace

std::optional<Spread> histogram_range(TensorSpan tensors) {
  std::optional<Spread> range;
  for (const TensorProfile* tensor : tensors) {
    if (!has_histogram(*tensor)) continue;
    const Histogram& histogram = tensor->statistics->histogram;
    if (!range) range = Spread{histogram.low, histogram.high};
    range->low = std::min(range->low, histogram.low);
    range->high = std::max(range->high, histogram.high);
  }
  return range;
}

std::vector<double> histogram_cells(TensorSpan tensors, const Spread& range, std::size_t cells) {
  std::vector<double> counts(cells);
  for (const TensorProfile* tensor : tensors)
    if (has_histogram(*tensor)) add(tensor->statistics->histogram, range, counts);
  return counts;
}

std::string sparkline(TensorSpan tensors) {
  const std::optional<Spread> range = histogram_range(tensors);
  if (!range) return "";
  const std::vector<double> cells = histogram_cells(tensors, *range, kCells);
  const double most = *std::ranges::max_element(cells);
  std::string line;
  if (most == 0) return line;
  for (const double count : cells)
    line += level_of(count, most);
  return line;
}

}  // namespace weightsieve
