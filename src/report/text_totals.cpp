#include "report/text_totals.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/figures.hpp"

namespace weightsieve {
namespace {

constexpr std::size_t kKeyWidth = 12;
constexpr std::size_t kFactIndent = 2 + kKeyWidth;

/// "  mean        0.0123".
void write_fact(TextOut& out, std::string_view key, std::string_view fact) {
  out.pad(2) << key;
  out.pad(key.size() < kKeyWidth ? kKeyWidth - key.size() : 1) << fact << "\n";
}

std::string trainable_text(const Totals& totals) {
  if (totals.trainable_parameters == totals.parameters) return "all trainable";
  return fmt::format("{} trainable ({})", grouped(totals.trainable_parameters),
                     binary_size(totals.trainable_bytes));
}

std::string dtype_text(const DtypeShare& share) { return std::string(dtype_name(share.dtype, share.blocks)); }

void write_facts(TextOut& out, const CheckpointProfile& profile) {
  const Totals& totals = profile.totals;
  std::uint64_t file_bytes = 0;
  for (const ProfiledFile& file : profile.files)
    file_bytes += file.bytes;
  write_fact(out, "format",
             fmt::format("{}, {}, {}", escape_control(format_text(profile)),
                         count_of(profile.files.size(), "file"), binary_size(file_bytes)));
  write_fact(out, "parameters",
             fmt::format("{} in {}, {}, {}", grouped(totals.parameters), count_of(totals.layers, "layer"),
                         binary_size(totals.parameter_bytes), trainable_text(totals)));
  if (totals.by_dtype.size() == 1) write_fact(out, "dtype", dtype_text(totals.by_dtype.front()));
  if (totals.buffers > 0) {
    write_fact(out, "buffers",
               fmt::format("{}, {}", count_of(totals.buffers, "tensor"),
                           binary_size(totals.bytes - totals.parameter_bytes)));
  }
}

void write_forms(TextOut& out, const Totals& totals, const TableLayout& layout) {
  const auto share = [&totals](std::size_t row) -> const FormShare& { return totals.by_form[row]; };
  std::vector<TextColumn> columns;
  columns.push_back({"form", Align::left, kLabel, [share](std::size_t row) { return share(row).form; }});
  columns.push_back(
      {"layers", Align::right, 3, [share](std::size_t row) { return grouped(share(row).layers); }});
  columns.push_back({"%", Align::right, 1, [&totals, share](std::size_t row) {
                       return honest_percent(percentage(share(row).layers, totals.layers));
                     }});
  columns.push_back(
      {"parameters", Align::right, 4, [share](std::size_t row) { return grouped(share(row).parameters); }});
  columns.push_back({"%", Align::right, 2, [&totals, share](std::size_t row) {
                       return honest_percent(percentage(share(row).parameters, totals.parameters));
                     }});
  out << "\n";
  write_table(out, std::move(columns), totals.by_form.size(), layout);
}

void write_dtypes(TextOut& out, const Totals& totals, const TableLayout& layout) {
  const auto share = [&totals](std::size_t row) -> const DtypeShare& { return totals.by_dtype[row]; };
  std::vector<TextColumn> columns;
  columns.push_back(
      {"dtype", Align::left, kLabel, [share](std::size_t row) { return dtype_text(share(row)); }});
  columns.push_back(
      {"tensors", Align::right, 2, [share](std::size_t row) { return grouped(share(row).tensors); }});
  columns.push_back(
      {"elements", Align::right, 3, [share](std::size_t row) { return grouped(share(row).elements); }});
  columns.push_back(
      {"size", Align::right, 1, [share](std::size_t row) { return binary_size(share(row).bytes); }});
  out << "\n";
  write_table(out, std::move(columns), totals.by_dtype.size(), layout);
}

/// Where the line would not fit, the place goes below the value.
void write_extreme(TextOut& out, std::string_view key, const CheckpointProfile& profile,
                   const std::optional<Extreme>& extreme, std::size_t width) {
  if (!extreme) return write_fact(out, key, "-");
  const std::string value = significant(extreme->value.as_double(), 6);
  const std::string place = "at " + escape_control(element_text(profile, extreme->tensor, extreme->index));
  const std::size_t room = std::max(width, kFactIndent + 1) - kFactIndent;
  if (width == 0 || value.size() + 1 + display_width(place) <= room)
    return write_fact(out, key, value + " " + place);
  write_fact(out, key, value);
  for (const std::string_view piece : broken(place, room, kNameBreaks))
    out.pad(kFactIndent) << piece << "\n";
}

std::string share_text(std::uint64_t count, std::uint64_t values) {
  return fmt::format("{} ({} %)", grouped(count), honest_percent(percentage(count, values)));
}

void write_moments(TextOut& out, const Statistics& statistics) {
  write_fact(out, "mean", number_text(statistics.mean));
  write_fact(out, "std", number_text(statistics.std));
  write_fact(out, "skewness", number_text(statistics.skewness));
  write_fact(out, "kurtosis",
             number_text(statistics.excess_kurtosis) + (statistics.excess_kurtosis ? " (excess)" : ""));
  write_fact(out, "L1", number_text(statistics.l1));
  write_fact(out, "L2", number_text(statistics.l2));
  write_fact(out, "RMS", number_text(statistics.rms));
}

std::string non_finite_text(const ValueCounts& counts, const Style& style) {
  if (counts.finite() == counts.values()) return "0";
  return style.warning(fmt::format("{} NaN, {} +infinity, {} -infinity", grouped(counts.nan),
                                   grouped(counts.positive_infinity), grouped(counts.negative_infinity)));
}

void write_counts(TextOut& out, const ValueCounts& counts, const Style& style) {
  const std::uint64_t values = counts.values();
  write_fact(out, "zero", share_text(counts.zero, values));
  if (counts.subnormal > 0) write_fact(out, "subnormal", share_text(counts.subnormal, values));
  write_fact(out, "not finite", non_finite_text(counts, style));
}

std::string findings_text(const CheckpointProfile& profile, const Style& style) {
  if (profile.findings.empty()) return "none";
  return style.warning(grouped(profile.findings.size()) + ", at the end");
}

void write_intervals(TextOut& out, const Statistics& statistics, const TableLayout& layout) {
  const std::uint64_t values = statistics.counts.values();
  const auto at = [&statistics](std::size_t row) -> const IntervalCount& {
    return statistics.intervals[row];
  };
  std::vector<TextColumn> columns;
  columns.push_back({"outside", Align::left, kLabel,
                     [at](std::size_t row) { return interval_text(at(row).low, at(row).high); }});
  columns.push_back({"%", Align::right, 3, [&statistics, at](std::size_t row) {
                       return honest_percent(statistics.outside_percent(at(row)));
                     }});
  columns.push_back({"% below", Align::right, 2, [at, values](std::size_t row) {
                       return honest_percent(percentage(at(row).below, values));
                     }});
  columns.push_back({"% above", Align::right, 1, [at, values](std::size_t row) {
                       return honest_percent(percentage(at(row).above, values));
                     }});
  out << "\n";
  write_table(out, std::move(columns), statistics.intervals.size(), layout);
}

void write_quantiles(TextOut& out, const Statistics& statistics, const TableLayout& layout) {
  const auto& values = statistics.quantiles.values;
  const auto& magnitudes = statistics.magnitude_quantiles.values;
  const std::size_t rows = std::min(values.size(), magnitudes.size());
  if (lacks_quantiles(statistics)) out << "\n  " << layout.style.faint(kNoQuantiles) << "\n";
  if (rows == 0) return;
  std::vector<TextColumn> columns;
  columns.push_back({"share", Align::right, kLabel,
                     [&values](std::size_t row) { return significant(100 * values[row].q, 6) + " %"; }});
  columns.push_back(
      {"value below", Align::right, 1, [&values](std::size_t row) { return quantile_text(values[row]); }});
  columns.push_back({"magnitude below", Align::right, 2,
                     [&magnitudes](std::size_t row) { return quantile_text(magnitudes[row]); }});
  out << "\n";
  write_table(out, std::move(columns), rows, layout);
  const std::string note = approximation_note(statistics);
  if (!note.empty()) out << "  " << layout.style.faint(note) << "\n";
}

/// The place goes first where there is no room.
void write_scales(TextOut& out, const CheckpointProfile& profile, const TableLayout& layout) {
  const std::vector<PooledScales> rows = pooled_scales(profile);
  if (rows.empty()) return;
  const auto at = [&rows](std::size_t row) -> const Statistics& { return rows[row].statistics; };
  const auto number = [](const std::optional<Extreme>& extreme) {
    return extreme ? significant(extreme->value) : "-";
  };
  std::vector<TextColumn> columns;
  columns.push_back(
      {"block scale", Align::left, kLabel, [&rows](std::size_t row) { return scale_text(rows[row]); }});
  columns.push_back(
      {"scales", Align::right, 4, [at](std::size_t row) { return grouped(at(row).counts.values()); }});
  columns.push_back(
      {"zero", Align::right, 6, [at](std::size_t row) { return grouped(at(row).counts.zero); }});
  columns.push_back({"not finite", Align::right, 5, [at](std::size_t row) {
                       return grouped(at(row).counts.values() - at(row).counts.finite());
                     }});
  columns.push_back({"min", Align::right, 8, [at, number](std::size_t row) { return number(at(row).min); }});
  columns.push_back({"max", Align::right, 8, [at, number](std::size_t row) { return number(at(row).max); }});
  columns.push_back({"mean", Align::right, 7, [at](std::size_t row) { return number_text(at(row).mean); }});
  columns.push_back({"std", Align::right, 3, [at](std::size_t row) { return number_text(at(row).std); }});
  columns.push_back({"largest in", Align::left, 1,
                     [&rows](std::size_t row) { return escape_control(largest_in(rows[row])); }});
  out << "\n";
  write_table(out, std::move(columns), rows.size(), layout);
}

}  // namespace

void write_text_inventory(TextOut& out, const CheckpointProfile& profile, const std::string& title,
                          const TableLayout& layout) {
  out << layout.style.heading(escape_control(title)) << "\n";
  write_facts(out, profile);
  if (!profile.totals.by_form.empty()) write_forms(out, profile.totals, layout);
  if (profile.totals.by_dtype.size() > 1) write_dtypes(out, profile.totals, layout);
}

void write_text_statistics(TextOut& out, const CheckpointProfile& profile, const TableLayout& layout) {
  const Statistics& statistics = *profile.totals.statistics;
  out << "\n" << layout.style.heading("Values of all parameters") << "\n";
  write_moments(out, statistics);
  write_extreme(out, "min", profile, statistics.min, layout.width);
  write_extreme(out, "max", profile, statistics.max, layout.width);
  write_counts(out, statistics.counts, layout.style);
  write_fact(out, "findings", findings_text(profile, layout.style));
  if (!statistics.intervals.empty()) write_intervals(out, statistics, layout);
  write_quantiles(out, statistics, layout);
  write_text_magnitudes(out, statistics, layout);
  write_scales(out, profile, layout);
}

}  // namespace weightsieve
