// One function a format; write_comparison() picks.
#pragma once

#include "weightsieve/report/comparison_report.hpp"

namespace weightsieve {

void write_comparison_text(const ProfileDiff& diff, const ComparisonReportOptions& options,
                           const TextSink& sink);
void write_comparison_markdown(const ProfileDiff& diff, const ComparisonReportOptions& options,
                               const TextSink& sink);
void write_comparison_html(const ProfileDiff& diff, const ComparisonReportOptions& options,
                           const TextSink& sink);
void write_comparison_csv(const ProfileDiff& diff, const ComparisonReportOptions& options,
                          const TextSink& sink);
void write_comparison_json(const ProfileDiff& diff, const TextSink& sink);

}  // namespace weightsieve
