// What a page says beyond the model-summary report: exact totals, statistics, remarks.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "report/figures.hpp"
#include "report/markup.hpp"
#include "report/measures.hpp"
#include "report/remarks.hpp"

namespace weightsieve {
namespace {

void write_totals(TextOut& out, const CheckpointProfile& profile) {
  const Totals& totals = profile.totals;
  out << "\n# Checkpoint\n\n";
  MarkdownTable table(out, {"Total", "Count:"});
  const auto row = [&table](std::string_view name, std::string_view figure) {
    table.cell(name).cell(figure).end_row();
  };
  row("Format", markdown_text(format_text(profile)));
  row("Files", grouped(profile.files.size()));
  row("Tensors", grouped(totals.tensors));
  row("Layers", grouped(totals.layers));
  row("Parameters", grouped(totals.parameters));
  row("Trainable parameters", grouped(totals.trainable_parameters));
  row("Buffers", grouped(totals.buffers));
  row("Bytes", grouped(totals.bytes));
}

void write_dtypes(TextOut& out, const Totals& totals) {
  if (totals.by_dtype.empty()) return;
  out << "\n";
  MarkdownTable table(out, {"Dtype", "Tensors:", "Elements:", "Bytes:"});
  for (const DtypeShare& share : totals.by_dtype) {
    table.cell(dtype_name(share.dtype, share.blocks)).cell(grouped(share.tensors));
    table.cell(grouped(share.elements)).cell(grouped(share.bytes)).end_row();
  }
}

void write_buffers(TextOut& out, const CheckpointProfile& profile) {
  const Rows rows = Rows::folded(tensors_of(profile, Role::buffer));
  if (rows.size() == 0) return;
  out << "\n# Buffers\n\n";
  MarkdownTable table(out, {"Name", "Tensors:", "Dtype", "Shape", "Elements:"});
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const TensorSpan members = rows.members(row);
    const TensorInfo& first = members.front()->info;
    table.cell(markdown_text(rows.label(row))).cell(grouped(members.size())).cell(dtype_name(first));
    table.cell(to_string(first.shape)).cell(grouped(sum_elements(members))).end_row();
  }
}

std::string place(const CheckpointProfile& profile, const std::optional<Extreme>& extreme) {
  if (!extreme) return "-";
  return fmt::format("{} at {}", extreme->value.text(),
                     markdown_text(element_text(profile, extreme->tensor, extreme->index)));
}

void write_total_statistics(TextOut& out, const CheckpointProfile& profile) {
  const Statistics& statistics = *profile.totals.statistics;
  out << "\n# Statistics of all parameters\n\n";
  MarkdownTable table(out, {"Statistic", "Value:"});
  const auto row = [&table](std::string_view name, std::string_view figure) {
    table.cell(name).cell(figure).end_row();
  };
  const ValueCounts& counts = statistics.counts;
  row("Values", grouped(counts.values()));
  row("Zero", fmt::format("{} ({} %)", grouped(counts.zero),
                          honest_percent(percentage(counts.zero, counts.values()))));
  row("Not finite", grouped(counts.values() - counts.finite()));
  row("Subnormal", grouped(counts.subnormal));
  row("Mean", number_text(statistics.mean));
  row("Std", number_text(statistics.std));
  row("Skewness", number_text(statistics.skewness));
  row("Excess kurtosis", number_text(statistics.excess_kurtosis));
  row("L1", number_text(statistics.l1));
  row("L2", number_text(statistics.l2));
  row("RMS", number_text(statistics.rms));
  row("Min", place(profile, statistics.min));
  row("Max", place(profile, statistics.max));
  for (const IntervalCount& interval : statistics.intervals) {
    row("Outside " + interval_text(interval.low, interval.high),
        honest_percent(statistics.outside_percent(interval)) + " %");
  }
}

void write_quantiles(TextOut& out, const Statistics& statistics) {
  const auto& values = statistics.quantiles.values;
  const auto& magnitudes = statistics.magnitude_quantiles.values;
  if (lacks_quantiles(statistics)) out << "\n(" << kNoQuantiles << ")\n";
  if (values.empty() || values.size() != magnitudes.size()) return;
  out << "\n";
  MarkdownTable table(out, {"Quantile:", "Value:", "Magnitude:"});
  for (std::size_t i = 0; i < values.size(); ++i) {
    table.cell(shortest(values[i].q)).cell(quantile_text(values[i]));
    table.cell(quantile_text(magnitudes[i])).end_row();
  }
  const std::string note = approximation_note(statistics);
  if (!note.empty()) out << "\n" << note << "\n";
}

std::string scale_place(const std::optional<Extreme>& extreme) {
  if (!extreme) return "-";
  return fmt::format("{} at {}, scale {}", extreme->value.text(), markdown_text(extreme->tensor),
                     extreme->index);
}

void write_scales(TextOut& out, const CheckpointProfile& profile) {
  const std::vector<PooledScales> rows = pooled_scales(profile);
  if (rows.empty()) return;
  out << "\n# Block scales\n\n";
  MarkdownTable table(out, {"Scale", "Scales:", "Zero:", "Not finite:", "Mean:", "Std:", "Min", "Max"});
  for (const PooledScales& row : rows) {
    const Statistics& scales = row.statistics;
    table.cell(scale_text(row)).cell(grouped(scales.counts.values())).cell(grouped(scales.counts.zero));
    table.cell(grouped(scales.counts.values() - scales.counts.finite()));
    table.cell(number_text(scales.mean)).cell(number_text(scales.std));
    table.cell(scale_place(scales.min)).cell(scale_place(scales.max)).end_row();
  }
}

constexpr std::array<std::string_view, 5> kShown{"min", "max", "mean", "std", "zero"};

/// The measure that rows are sorted by, unless it has its column in a table of layers anyway.
const Measure* further(std::string_view asked) {
  constexpr std::array<std::string_view, 5> elsewhere{"", "name", "elements", "bytes", "non_finite"};
  const bool is_there = std::ranges::find(kShown, asked) != kShown.end() ||
                        std::ranges::find(elsewhere, asked) != elsewhere.end();
  return is_there ? nullptr : &measure(asked);
}

std::vector<std::string> layer_headings(const Statistics& totals, const Measure* asked) {
  std::vector<std::string> headings{"Name", "Min:", "Max:", "Mean:", "Std:", "% zero:", "Not finite:"};
  if (asked != nullptr) headings.insert(headings.begin() + 1, std::string(asked->name) + ":");
  for (const IntervalCount& interval : totals.intervals)
    headings.push_back("% " + markdown_text(beyond_text(interval.low, interval.high)) + ":");
  return headings;
}

void write_layer_statistics(TextOut& out, const Statistics& totals, const Rows& layers,
                            const Measure* asked) {
  out << "\n# Statistics by layer\n\n";
  MarkdownTable table(out, layer_headings(totals, asked));
  for (std::size_t row = 0; row < layers.size(); ++row) {
    const TensorSpan members = layers.members(row);
    table.cell(markdown_text(layers.label(row)));
    if (asked != nullptr) table.cell(number_text(asked->of(members)));
    for (const std::string_view name : {"min", "max", "mean", "std"})
      table.cell(number_text(measure(name).of(members)));
    table.cell(honest_percent(measure("zero").of(members)));
    table.cell(number_text(measure("non_finite").of(members)));
    for (std::size_t at = 0; at < totals.intervals.size(); ++at)
      table.cell(honest_percent(outside_percent(members, at)));
    table.end_row();
  }
}

}  // namespace

void write_markdown_inventory(TextOut& out, const CheckpointProfile& profile) {
  write_totals(out, profile);
  write_dtypes(out, profile.totals);
  write_buffers(out, profile);
}

void write_markdown_statistics(TextOut& out, const CheckpointProfile& profile, const Rows& layers,
                               std::string_view asked) {
  const Statistics& totals = *profile.totals.statistics;
  write_total_statistics(out, profile);
  write_quantiles(out, totals);
  write_scales(out, profile);
  write_layer_statistics(out, totals, layers, further(asked));
}

void write_markdown_remarks(TextOut& out, const CheckpointProfile& profile) {
  for (const RemarkSection& section : remark_sections(profile)) {
    out << "\n# " << section.heading << "\n\n";
    for (const std::string& line : section.lines)
      out << "- " << markdown_text(line) << "\n";
  }
}

}  // namespace weightsieve
