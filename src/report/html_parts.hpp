// The sections of the page of one checkpoint; html.cpp puts them together. Each writes nothing where the
// profile lacks what it shows. A page is written by one thread.
#pragma once

#include "report/html_page.hpp"
#include "report/reporters.hpp"

namespace weightsieve {

namespace page_section {
inline constexpr PageSection kSummary{"summary", "Summary"};
inline constexpr PageSection kFindings{"findings", "Findings"};
inline constexpr PageSection kDistribution{"distribution", "Distribution"};
inline constexpr PageSection kSparsity{"sparsity", "Sparsity"};
inline constexpr PageSection kDepth{"depth", "Depth"};
inline constexpr PageSection kLayers{"layers", "Layers"};
}  // namespace page_section

void write_html_summary(TextOut& out, const CheckpointProfile& profile);
void write_html_findings(TextOut& out, const CheckpointProfile& profile);
void write_html_distribution(TextOut& out, const CheckpointProfile& profile);
void write_html_sparsity(TextOut& out, const CheckpointProfile& profile);
void write_html_depth(TextOut& out, const CheckpointProfile& profile);
bool has_html_depth(const CheckpointProfile& profile);
void write_html_layers(TextOut& out, const CheckpointProfile& profile, const ReportOptions& options);
void write_html_buffers(TextOut& out, const CheckpointProfile& profile);

/// Tied tensors, problems, what was skipped.
void write_html_remarks(TextOut& out, const CheckpointProfile& profile);

}  // namespace weightsieve
