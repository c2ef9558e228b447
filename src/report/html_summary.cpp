// What a page begins with: the checkpoint's figures, and what deserves attention.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "report/figures.hpp"
#include "report/html_parts.hpp"
#include "report/html_table.hpp"
#include "report/html_text.hpp"
#include "report/remarks.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kFindingsShown = 15;

std::optional<double> value_of(const std::optional<Extreme>& extreme) {
  return extreme ? std::optional(extreme->value.as_double()) : std::nullopt;
}

std::string dtypes_text(const Totals& totals) {
  std::string text;
  for (const DtypeShare& share : totals.by_dtype)
    text += (text.empty() ? "" : ", ") + std::string(dtype_name(share.dtype, share.blocks));
  return text;
}

std::string trainable_text(const Totals& totals) {
  if (totals.trainable_parameters == totals.parameters) return "all trainable";
  return grouped(totals.trainable_parameters) + " trainable";
}

std::vector<Card> inventory_cards(const Totals& totals) {
  std::vector<Card> cards{
      {"Parameters", grouped(totals.parameters), trainable_text(totals), "parameters",
       std::to_string(totals.parameters)},
      {"Layers", grouped(totals.layers),
       totals.buffers == 0 ? "no buffers" : count_of(totals.buffers, "buffer"), "layers",
       std::to_string(totals.layers)},
      {"Size", binary_size(totals.bytes), dtypes_text(totals), "bytes", std::to_string(totals.bytes)}};
  return cards;
}

Card extreme_card(std::string label, std::string_view field, const CheckpointProfile& profile,
                  const std::optional<Extreme>& extreme) {
  if (!extreme) return {std::move(label), "-"};
  return {std::move(label), significant(extreme->value.as_double()),
          element_text(profile, extreme->tensor, extreme->index), field, extreme->value.text()};
}

Card non_finite_card(const ValueCounts& counts) {
  const std::uint64_t infinities = counts.positive_infinity + counts.negative_infinity;
  const std::uint64_t count = counts.nan + infinities;
  return {.label = "Not finite",
          .figure = grouped(count),
          .note = count == 0 ? "no NaN, no infinity"
                             : fmt::format("{} NaN, {} infinite", grouped(counts.nan), grouped(infinities)),
          .field = "non_finite",
          .exact = std::to_string(count),
          .warning = count > 0};
}

void add_statistics(std::vector<Card>& cards, const CheckpointProfile& profile) {
  const Statistics& statistics = *profile.totals.statistics;
  const ValueCounts& counts = statistics.counts;
  cards.push_back({"Standard deviation", number_text(statistics.std), "mean " + number_text(statistics.mean),
                   "std", exact_text(statistics.std)});
  cards.push_back({"Excess kurtosis", number_text(statistics.excess_kurtosis),
                   "skewness " + number_text(statistics.skewness), "excess_kurtosis",
                   exact_text(statistics.excess_kurtosis)});
  cards.push_back(extreme_card("Least", "min", profile, statistics.min));
  cards.push_back(extreme_card("Greatest", "max", profile, statistics.max));
  cards.push_back({"Zeros", grouped(counts.zero),
                   honest_percent(percentage(counts.zero, counts.values())) + " %", "zero",
                   std::to_string(counts.zero)});
  cards.push_back(non_finite_card(counts));
}

Card findings_card(const CheckpointProfile& profile) {
  const std::size_t count = profile.findings.size();
  return {.label = "Findings",
          .figure = count == 0 ? "none" : grouped(count),
          .note = count == 0 ? "nothing stands out" : "listed below",
          .field = "findings",
          .exact = std::to_string(count),
          .warning = count > 0};
}

void write_forms(TextOut& out, const Totals& totals) {
  if (totals.by_form.empty()) return;
  out << "<figure><figcaption>Parameters by form</figcaption>\n";
  {
    HtmlTable table(out, {{"Form", "", false}, {"Layers"}, {"%"}, {"Parameters"}, {"%"}});
    for (const FormShare& form : totals.by_form) {
      table.label(form.form).figure(grouped(form.layers), std::to_string(form.layers));
      table.percent(percentage(form.layers, totals.layers));
      table.figure(grouped(form.parameters), std::to_string(form.parameters));
      table.percent(percentage(form.parameters, totals.parameters)).end_row();
    }
  }
  out << "</figure>\n";
}

void write_dtypes(TextOut& out, const Totals& totals) {
  if (totals.by_dtype.empty()) return;
  out << "<figure><figcaption>Tensors by dtype</figcaption>\n";
  {
    HtmlTable table(out, {{"Dtype", "", false}, {"Tensors"}, {"Elements"}, {"Size"}});
    for (const DtypeShare& share : totals.by_dtype) {
      table.label(dtype_name(share.dtype, share.blocks))
          .figure(grouped(share.tensors), std::to_string(share.tensors));
      table.figure(grouped(share.elements), std::to_string(share.elements));
      table.figure(binary_size(share.bytes), std::to_string(share.bytes)).end_row();
    }
  }
  out << "</figure>\n";
}

void write_scales(TextOut& out, const CheckpointProfile& profile) {
  const std::vector<PooledScales> rows = pooled_scales(profile);
  if (rows.empty()) return;
  out << "<figure><figcaption>Scales of the blocks that elements are stored in</figcaption>\n";
  {
    HtmlTable table(out, {{"Scale", "", false},
                          {"Scales"},
                          {"Zero"},
                          {"Not finite"},
                          {"Min"},
                          {"Max"},
                          {"Mean"},
                          {"Std"},
                          {"Largest in", "", false}});
    for (const PooledScales& row : rows) {
      const Statistics& scales = row.statistics;
      const ValueCounts& counts = scales.counts;
      const std::uint64_t not_finite = counts.values() - counts.finite();
      table.label(scale_text(row)).figure(grouped(counts.values()), std::to_string(counts.values()));
      table.figure(grouped(counts.zero), std::to_string(counts.zero));
      table.figure(grouped(not_finite), std::to_string(not_finite));
      table.number(value_of(scales.min)).number(value_of(scales.max));
      table.number(scales.mean).number(scales.std).text(largest_in(row)).end_row();
    }
  }
  out << "</figure>\n";
}

void write_finding_rows(TextOut& out, std::span<const FindingRow> rows) {
  HtmlTable table(out, {{"Tensor", "", false}, {"Rule", "", false}, {"Finding", "", false}});
  for (const FindingRow& row : rows)
    table.label(row.who)
        .markup(R"(<span class="rule">)" + html_text(row.rule) + "</span>")
        .text(row.message)
        .end_row();
}

}  // namespace

void write_html_summary(TextOut& out, const CheckpointProfile& profile) {
  const Statistics* const statistics = profile.totals.statistics.get();
  std::vector<Card> cards = inventory_cards(profile.totals);
  if (statistics != nullptr) {
    add_statistics(cards, profile);
    cards.push_back(findings_card(profile));
  }
  begin_section(out, page_section::kSummary);
  write_cards(out, cards);
  out << "<div class=\"figures\">\n";
  write_forms(out, profile.totals);
  write_dtypes(out, profile.totals);
  write_scales(out, profile);
  out << "</div>\n";
  end_section(out);
}

void write_html_findings(TextOut& out, const CheckpointProfile& profile) {
  const std::vector<FindingRow> rows = finding_rows(profile);
  if (rows.empty()) return;
  begin_section(out, page_section::kFindings);
  const std::size_t shown = rows.size() <= kFindingsShown + 1 ? rows.size() : kFindingsShown;
  write_finding_rows(out, std::span(rows).first(shown));
  if (shown < rows.size()) {
    out << "<details><summary>" << grouped(rows.size() - shown) << " more</summary>\n";
    write_finding_rows(out, std::span(rows).subspan(shown));
    out << "</details>\n";
  }
  end_section(out);
}

void write_html_remarks(TextOut& out, const CheckpointProfile& profile) {
  for (const RemarkSection& section : remark_sections(profile)) {
    if (section.heading == page_section::kFindings.heading) continue;
    begin_section(out, {"", section.heading});
    write_lines(out, section.lines);
    end_section(out);
  }
}

}  // namespace weightsieve
