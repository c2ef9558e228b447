// A profile as a page that explains itself: what it is in figures, what deserves attention, pictures, layers.
#include <fmt/format.h>

#include <cstdint>

#include "report/figures.hpp"
#include "report/html_parts.hpp"

namespace weightsieve {
namespace {

std::string facts_of(const CheckpointProfile& profile) {
  std::uint64_t bytes = 0;
  for (const ProfiledFile& file : profile.files)
    bytes += file.bytes;
  return fmt::format("{}, {}, {}", format_text(profile), count_of(profile.files.size(), "file"),
                     binary_size(bytes));
}

std::vector<PageSection> sections_of(const CheckpointProfile& profile) {
  using namespace page_section;
  std::vector<PageSection> sections{kSummary};
  if (!profile.findings.empty()) sections.push_back(kFindings);
  if (profile.totals.statistics) sections.push_back(kDistribution);
  if (profile.totals.statistics && !profile.totals.statistics->intervals.empty())
    sections.push_back(kSparsity);
  if (has_html_depth(profile)) sections.push_back(kDepth);
  if (profile.totals.layers > 0) sections.push_back(kLayers);
  return sections;
}

}  // namespace

void write_html(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  const std::string_view what = profile.totals.statistics ? "profile" : "inventory";
  begin_page(out, {title_of(profile, options), std::string(what), facts_of(profile)}, sections_of(profile));
  write_html_summary(out, profile);
  write_html_findings(out, profile);
  write_html_distribution(out, profile);
  write_html_sparsity(out, profile);
  write_html_depth(out, profile);
  write_html_layers(out, profile, options);
  write_html_buffers(out, profile);
  write_html_remarks(out, profile);
  end_page(out);
  out.flush();
}

}  // namespace weightsieve
