// The histogram of a row as a few characters: where its values lie between its least and its greatest.
// Pure function; any thread.
#pragma once

#include <string>

#include "report/rows.hpp"

namespace weightsieve {

/// Ten cells of equal width from the least edge of the tensors' histograms to the greatest, each as high as
/// the values in it are many; a blank where there are none, so that a far outlier leaves a trace. The bins of
/// several tensors go where their middles lie. Empty where there is no histogram. O(bins of the tensors).
std::string sparkline(TensorSpan tensors);

}  // namespace weightsieve
