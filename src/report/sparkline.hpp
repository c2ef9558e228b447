// The histogram of a row in a few cells: where its values lie between its least and its greatest. Text draws
// it with characters, HTML with a path. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "report/measures.hpp"
#include "report/rows.hpp"

namespace weightsieve {

/// From the least edge of the tensors' histograms to the greatest; nothing where there is no histogram.
std::optional<Spread> histogram_range(TensorSpan tensors);

/// How many values lie in each of so many cells of equal width over `range`; the bins of the tensors go where
/// their middles lie, values outside into no cell. O(bins of the tensors).
std::vector<double> histogram_cells(TensorSpan tensors, const Spread& range, std::size_t cells);

/// Ten cells of equal width from the least edge of the tensors' histograms to the greatest, each as high as
/// the values in it are many; a blank where there are none, so that a far outlier leaves a trace. Empty where
/// there is no histogram. O(bins of the tensors).
std::string sparkline(TensorSpan tensors);

}  // namespace weightsieve
