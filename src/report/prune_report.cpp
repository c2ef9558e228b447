#include "weightsieve/report/prune_report.hpp"

#include <fmt/format.h>

#include "report/csv_record.hpp"
#include "report/figures.hpp"
#include "report/markup.hpp"
#include "report/prune_columns.hpp"
#include "report/text_table.hpp"
#include "weightsieve/base/json_writer.hpp"

namespace weightsieve {
namespace {

std::string level_name(const PruneTableLevel& level) {
  return level.count ? grouped(*level.count) + " elements" : significant(100 * level.sparsity, 6) + " %";
}

/// "hit hardest: encoder.weight (99.10 %); least: head.weight (12.00 %)".
std::string extremes(const PruneTable& table, const PruneTableLevel& level) {
  const auto described = [&](std::size_t i) {
    const MaskCounts& counts = level.tensors[i];
    return fmt::format("{} ({} %)", escape_control(table.tensors[i]),
                       honest_percent(percentage(counts.zeroed, counts.elements)));
  };
  const auto hardest = level.hit_hardest();
  const auto least = level.hit_least();
  if (!hardest || !least) return {};
  return fmt::format("{}: hit hardest {}, least {}", level_name(level), described(*hardest),
                     described(*least));
}

std::uint64_t non_finite(const PruneTable& table) {
  return table.levels.empty() ? 0 : table.levels.front().total.non_finite;
}

std::vector<std::string> remarks(const PruneTable& table) {
  std::vector<std::string> lines;
  for (const PruneTableLevel& level : table.levels)
    if (std::string line = extremes(table, level); !line.empty()) lines.push_back(std::move(line));
  if (const std::uint64_t count = non_finite(table); count > 0)
    lines.push_back(fmt::format("{} NaN and infinite values are never pruned", grouped(count)));
  for (const SkippedTensor& skipped : table.left_alone)
    lines.push_back(fmt::format("left alone: {}: {}", escape_control(skipped.name), skipped.reason));
  return lines;
}

void write_columns(TextOut& out, const std::vector<PruneColumn>& columns, std::size_t rows,
                   const PruneReportOptions& options) {
  std::vector<TextColumn> shown;
  for (const PruneColumn& column : columns)
    shown.push_back({column.heading, shown.empty() ? Align::left : Align::right,
                     shown.empty() ? kLabel : column.importance, column.shown});
  write_table(out, std::move(shown), rows, {options.width, Style(options.color)});
}

void write_text(const PruneTable& table, const PruneReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  out << escape_control(options.name) << ": " << count_of(table.tensors.size(), "tensor") << " to prune\n";
  write_columns(out, level_columns(table, options), table.levels.size(), options);
  for (const std::string& line : remarks(table))
    out << "  " << line << "\n";
  for (std::size_t level = 0; options.per_layer && level < table.levels.size(); ++level) {
    out << "\n" << level_name(table.levels[level]) << ", layer by layer\n";
    write_columns(out, tensor_columns(table, level), table.tensors.size(), options);
  }
  out.flush();
}

void write_marked(TextOut& out, const std::vector<PruneColumn>& columns, std::size_t rows) {
  std::vector<std::string> headings;
  for (const PruneColumn& column : columns)
    headings.push_back(headings.empty() ? column.heading : column.heading + ":");
  MarkdownTable markdown(out, headings);
  for (std::size_t row = 0; row < rows; ++row) {
    for (const PruneColumn& column : columns)
      markdown.cell(markdown_text(column.shown(row)));
    markdown.end_row();
  }
}

void write_markdown(const PruneTable& table, const PruneReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  out << "# " << markdown_text(options.name) << " pruned\n\n";
  write_marked(out, level_columns(table, options), table.levels.size());
  out << "\n";
  for (const std::string& line : remarks(table))
    out << "- " << markdown_text(line) << "\n";
  for (std::size_t level = 0; options.per_layer && level < table.levels.size(); ++level) {
    out << "\n## " << level_name(table.levels[level]) << "\n\n";
    write_marked(out, tensor_columns(table, level), table.tensors.size());
  }
  out.flush();
}

void write_csv_rows(CsvRecord& record, const std::vector<PruneColumn>& columns, std::size_t rows,
                    bool heading) {
  for (const PruneColumn& column : columns)
    if (heading) record.field(column.field);
  if (heading) record.end();
  for (std::size_t row = 0; row < rows; ++row) {
    for (const PruneColumn& column : columns)
      record.field(column.exact(row));
    record.end();
  }
}

void write_csv(const PruneTable& table, const PruneReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  CsvRecord record(out);
  if (!options.per_layer) write_csv_rows(record, level_columns(table, options), table.levels.size(), true);
  for (std::size_t level = 0; options.per_layer && level < table.levels.size(); ++level) {
    std::vector<PruneColumn> columns = tensor_columns(table, level);
    const std::string sparsity = shortest(table.levels[level].sparsity);
    columns.insert(columns.begin(), {"pruned", "sparsity", {}, [=](std::size_t) { return sparsity; }, 0});
    write_csv_rows(record, columns, table.tensors.size(), level == 0);
  }
  out.flush();
}

template <class T>
void member(JsonWriter& json, std::string_view name, const std::optional<T>& value) {
  json.key(name);
  value ? json.value(*value) : json.null();
}

void write_counts(JsonWriter& json, const MaskCounts& counts) {
  json.member("elements", counts.elements).member("zeroed", counts.zeroed);
  json.member("already_zero", counts.already_zero).member("zeros_after", counts.zeros_after());
  json.member("non_finite", counts.non_finite);
  member(json, "retained_energy", counts.retained_energy());
  member(json, "relative_error", counts.relative_error());
  member(json, "cosine", counts.cosine());
  member(json, "signal_to_noise_db", counts.signal_to_noise_db());
}

void write_level(JsonWriter& json, const PruneTable& table, const PruneTableLevel& level) {
  json.begin_object(JsonWriter::Layout::lines);
  member(json, "sparsity", level.count ? std::nullopt : std::optional(level.sparsity));
  member(json, "count", level.count);
  member(json, "threshold", level.threshold);
  write_counts(json, level.total);
  json.key("sizes").begin_object(JsonWriter::Layout::row);
  for (const EncodedSize& size : level.sizes) {
    json.key(size.encoding).begin_object(JsonWriter::Layout::row);
    json.member("bytes", size.bytes).member("exact", size.exact).end_object();
  }
  json.end_object();
  if (level.measured) json.member("written_bytes", level.measured->bytes);
  json.key("tensors").begin_array(JsonWriter::Layout::lines);
  for (std::size_t i = 0; i < table.tensors.size(); ++i) {
    json.begin_object(JsonWriter::Layout::row).member("name", std::string_view(table.tensors[i]));
    member(json, "threshold", level.thresholds[i]);
    write_counts(json, level.tensors[i]);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_json(const PruneTable& table, const PruneReportOptions& options, const TextSink& sink) {
  JsonWriter json(sink);
  json.begin_object(JsonWriter::Layout::lines).member("schema", "weightsieve.prune-table/1");
  json.member("checkpoint", std::string_view(options.name));
  json.key("levels").begin_array(JsonWriter::Layout::lines);
  for (const PruneTableLevel& level : table.levels)
    write_level(json, table, level);
  json.end_array();
  json.key("left_alone").begin_array(JsonWriter::Layout::lines);
  for (const SkippedTensor& skipped : table.left_alone) {
    json.begin_object(JsonWriter::Layout::row).member("name", std::string_view(skipped.name));
    json.member("reason", std::string_view(skipped.reason)).end_object();
  }
  json.end_array().end_object().finish();
}

}  // namespace

void write_prune_table(const PruneTable& table, Format format, const PruneReportOptions& options,
                       const TextSink& sink) {
  switch (format) {
    case Format::json:
      return write_json(table, options, sink);
    case Format::csv:
      return write_csv(table, options, sink);
    case Format::markdown:
      return write_markdown(table, options, sink);
    default:
      return write_text(table, options, sink);
  }
}

}  // namespace weightsieve
