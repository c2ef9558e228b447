// The findings alone: what in a profile deserves attention, a line each.
#include <fmt/format.h>

#include "report/csv_record.hpp"
#include "report/figures.hpp"
#include "report/markup.hpp"
#include "report/remarks.hpp"
#include "report/reporters.hpp"
#include "report/terminal.hpp"

namespace weightsieve {
namespace {

std::string count_text(const CheckpointProfile& profile) {
  return profile.findings.empty() ? "no findings" : count_of(profile.findings.size(), "finding");
}

}  // namespace

void write_findings_text(const CheckpointProfile& profile, const ReportOptions& options,
                         const TextSink& sink) {
  TextOut out(sink);
  const Style style(options.color);
  out << style.heading(escape_control(title_of(profile, options))) << ": " << count_text(profile) << "\n";
  for (const FindingRow& row : finding_rows(profile))
    out << fmt::format("  {}: {} [{}]\n", row.who, row.message, style.warning(row.rule));
  out.flush();
}

void write_findings_markdown(const CheckpointProfile& profile, const ReportOptions& options,
                             const TextSink& sink) {
  TextOut out(sink);
  out << "# " << markdown_text(title_of(profile, options)) << "\n\n" << count_text(profile) << "\n";
  const std::vector<FindingRow> rows = finding_rows(profile);
  if (!rows.empty()) {
    out << "\n";
    MarkdownTable table(out, {"Tensor", "Rule", "Finding"});
    for (const FindingRow& row : rows) {
      table.cell(markdown_text(row.who)).cell(markdown_text(row.rule)).cell(markdown_text(row.message));
      table.end_row();
    }
  }
  out.flush();
}

void write_findings_csv(const CheckpointProfile& profile, const ReportOptions& options,
                        const TextSink& sink) {
  TextOut out(sink);
  CsvRecord record(out);
  if (!options.continued) record.field("checkpoint").field("tensor").field("rule").field("message").end();
  const std::string checkpoint = escape_control(title_of(profile, options));
  for (const Finding& finding : profile.findings) {
    record.field(checkpoint).field(escape_control(finding.tensor)).field(escape_control(finding.rule));
    record.field(escape_control(finding.message)).end();
  }
  out.flush();
}

}  // namespace weightsieve
