// The upper half of the text report: what a checkpoint amounts to.
#pragma once

#include "report/text_table.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// Layers, parameters, bytes, forms, dtypes.
void write_text_inventory(TextOut& out, const CheckpointProfile& profile, const std::string& title,
                          const TableLayout& layout);

/// Moments, extremes, shares beyond the intervals, quantiles, magnitudes. Requires statistics.
void write_text_statistics(TextOut& out, const CheckpointProfile& profile, const TableLayout& layout);

/// The magnitudes as bars.
void write_text_magnitudes(TextOut& out, const Statistics& statistics, const TableLayout& layout);

}  // namespace weightsieve
