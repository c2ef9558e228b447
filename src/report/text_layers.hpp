// The lower half of the text report: its tables of layers and of buffers.
#pragma once

#include "report/text_table.hpp"
#include "weightsieve/profile/checkpoint_profile.hpp"
#include "weightsieve/report/report.hpp"

namespace weightsieve {

void write_text_layers(TextOut& out, const CheckpointProfile& profile, const ReportOptions& options,
                       const TableLayout& layout);

void write_text_buffers(TextOut& out, const CheckpointProfile& profile, const ReportOptions& options,
                        const TableLayout& layout);

}  // namespace weightsieve
