// One function a format and kind of report; report.cpp has the table of them.
#pragma once

#include "weightsieve/report/report.hpp"

namespace weightsieve {

void write_text(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink);
void write_markdown(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink);
void write_json(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink);
void write_csv(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink);

/// The page has all views.
void write_html(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink);

void write_sparsity_text(const CheckpointProfile& profile, const ReportOptions& options,
                         const TextSink& sink);
void write_sparsity_markdown(const CheckpointProfile& profile, const ReportOptions& options,
                             const TextSink& sink);
void write_sparsity_csv(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink);

void write_findings_text(const CheckpointProfile& profile, const ReportOptions& options,
                         const TextSink& sink);
void write_findings_markdown(const CheckpointProfile& profile, const ReportOptions& options,
                             const TextSink& sink);
void write_findings_csv(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink);

using Ranking = std::vector<RankedCheckpoint>;

/// In order, and cut as the options say.
Ranking ranked(Ranking checkpoints, const ReportOptions& options);

void write_ranking_text(const Ranking& ranking, const ReportOptions& options, const TextSink& sink);
void write_ranking_markdown(const Ranking& ranking, const ReportOptions& options, const TextSink& sink);
void write_ranking_json(const Ranking& ranking, const ReportOptions& options, const TextSink& sink);
void write_ranking_csv(const Ranking& ranking, const ReportOptions& options, const TextSink& sink);

/// The name that titles show: the options' or else the profile's.
const std::string& title_of(const CheckpointProfile& profile, const ReportOptions& options) noexcept;

}  // namespace weightsieve
