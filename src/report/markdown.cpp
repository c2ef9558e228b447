// The model-summary page: its title, headings, tables and spacing are those that such pages have always had,
// byte for byte, so that old and new ones compare. What is ours follows its last table row.
#include <fmt/format.h>

#include "report/figures.hpp"
#include "report/markup.hpp"
#include "report/measures.hpp"
#include "report/reporters.hpp"
#include "report/rows.hpp"

namespace weightsieve {
namespace {

void write_counts(TextOut& out, const CheckpointProfile& profile, const ReportOptions& options) {
  const Totals& totals = profile.totals;
  out << fmt::format("# {} parameter information\n\n", markdown_text(title_of(profile, options)));
  out << fmt::format("**Number of layers: [ {} ]**\n\n", totals.layers);
  out << fmt::format("**Number of parameters: [ {} ]", binary_size(totals.parameter_bytes));
  if (!options.rank_page.empty())
    out << fmt::format(" [Top <a href='./{}'>Check rank</a> ]", link_target(options.rank_page));
  out << "**\n\n";
  out << fmt::format("**Number of trainable parameters: [ {} ]**\n\n", binary_size(totals.trainable_bytes));
}

/// A column a form; its one row holds `share(form)` in percent of `whole`.
template <class Share>
void write_proportions(TextOut& out, const Totals& totals, Share share, std::uint64_t whole) {
  if (totals.by_form.empty()) return;
  std::string headings = "| ", rule = "| ", figures = "| ";
  for (const FormShare& form : totals.by_form) {
    headings += form.form + " | ";
    rule += " --- |";
    figures += percent(percentage(share(form), whole)) + " | ";
  }
  out << headings << "\n" << rule << "\n" << figures << "\n\n";
}

void write_forms(TextOut& out, const Totals& totals) {
  out << "**Proportional of each form** (%)\n\n";
  write_proportions(
      out, totals, [](const FormShare& form) { return form.layers; }, totals.layers);
  out << "**Proportional of parameters by form** (%)\n\n\n";
  write_proportions(
      out, totals, [](const FormShare& form) { return form.parameters; }, totals.parameters);
}

void write_layers(TextOut& out, const Rows& rows) {
  out << "# Layer information\n\n\n";
  MarkdownTable table(out, {"Name", "Shape", "Squeezed shape", "Number of parameters", "Form"});
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const TensorSpan members = rows.members(row);
    const auto shape = common_shape(members);
    table.cell(markdown_text(rows.label(row)));
    table.cell(shape ? to_string(*shape) : "-").cell(shape ? to_string(squeezed(*shape)) : "-");
    table.cell(std::to_string(sum_elements(members))).cell(shape ? form(*shape) : "-").end_row();
  }
}

}  // namespace

void write_markdown(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  write_counts(out, profile, options);
  write_forms(out, profile.totals);
  Rows layers = layer_rows(profile, options);
  layers.arrange(options, "elements");
  write_layers(out, layers);
  write_markdown_inventory(out, profile);
  const std::string_view asked = options.sort.empty() ? "" : sort_order(options.sort).column;
  if (profile.totals.statistics) write_markdown_statistics(out, profile, layers, asked);
  write_markdown_remarks(out, profile);
  out.flush();
}

void write_ranking_markdown(const Ranking& ranking, const ReportOptions&, const TextSink& sink) {
  TextOut out(sink);
  out << "# Top parameter models\n\n";
  MarkdownTable table(out, {"Rank", "Model", "Number of parameters (unit: bytes)"});
  std::uint64_t rank = 0;
  for (const RankedCheckpoint& checkpoint : ranking) {
    const std::string name = markdown_text(checkpoint.name);
    table.cell(std::to_string(++rank));
    table.cell(fmt::format("<a href=\"{}.md\">{}</a>", link_target(checkpoint.name), name));
    table.cell(binary_size(checkpoint.parameter_bytes)).end_row();
  }
  out.flush();
}

}  // namespace weightsieve
