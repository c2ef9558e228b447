#include "weightsieve/report/prune_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/csv_record.hpp"
#include "report/figures.hpp"
#include "report/markup.hpp"
#include "report/prune_columns.hpp"
#include "report/prune_formats.hpp"
#include "report/terminal.hpp"
#include "report/text_table.hpp"

namespace weightsieve {
namespace {

/// A line that goes on below itself, a little further in, where it is too long.
void write_wrapped(TextOut& out, std::string_view line, const PruneReportOptions& options,
                   std::size_t indent = 2) {
  const Style style(options.color);
  const std::size_t room =
      options.width == 0 ? line.size() : std::max<std::size_t>(options.width, 20) - indent - 2;
  bool first = true;
  for (std::string_view piece : broken(line, room, " ")) {
    if (piece.ends_with(' ')) piece.remove_suffix(1);
    out.pad(first ? indent : indent + 2)
        << (line.starts_with("warning") ? style.warning(piece) : std::string(piece)) << "\n";
    first = false;
  }
}

std::string title(const PruneTable& table, const PruneReportOptions& options) {
  return fmt::format("{} to prune{}{}", count_of(table.tensors.size(), "tensor"),
                     options.how.empty() ? "" : ", ", options.how);
}

void write_columns(TextOut& out, const std::vector<PruneColumn>& columns, std::size_t rows,
                   const PruneReportOptions& options) {
  std::vector<TextColumn> shown;
  for (const PruneColumn& column : columns)
    if (!column.for_programs)
      shown.push_back({column.heading, shown.empty() ? Align::left : Align::right,
                       shown.empty() ? kLabel : column.importance, column.shown});
  write_table(out, std::move(shown), rows, {options.width, Style(options.color)});
}

void write_text(const PruneTable& table, const PruneReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  if (!table.levels.empty()) {
    write_wrapped(out, escape_control(options.name) + ": " + title(table, options), options, 0);
    write_columns(out, level_columns(table, options), table.levels.size(), options);
  }
  for (const std::string& line : prune_remarks(table))
    write_wrapped(out, line, options);
  for (const WrittenCheckpoint& written : table.written)
    for (const std::string& line : written_lines(written))
      out << line << "\n";
  for (std::size_t level = 0; options.per_layer && level < table.levels.size(); ++level) {
    out << "\n" << level_name(table.levels[level]) << ", layer by layer\n";
    write_columns(out, tensor_columns(table, level), table.tensors.size(), options);
  }
  out.flush();
}

void write_marked(TextOut& out, std::vector<PruneColumn> columns, std::size_t rows) {
  std::erase_if(columns, [](const PruneColumn& column) { return column.for_programs; });
  std::vector<std::string> headings;
  headings.reserve(columns.size());
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
  if (!table.levels.empty()) {
    out << markdown_text(title(table, options)) << "\n\n";
    write_marked(out, level_columns(table, options), table.levels.size());
    out << "\n";
  }
  for (const std::string& line : prune_remarks(table))
    out << "- " << markdown_text(line) << "\n";
  for (const WrittenCheckpoint& written : table.written)
    for (const std::string& line : written_lines(written))
      out << (line.starts_with(' ') ? "  - " : "- ")
          << markdown_text(line.starts_with(' ') ? line.substr(2) : line) << "\n";
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
    const auto sparsity = [text = shortest(table.levels[level].sparsity)](std::size_t) { return text; };
    columns.insert(columns.begin(), {"pruned", "sparsity", {}, sparsity, 0});
    write_csv_rows(record, columns, table.tensors.size(), level == 0);
  }
  out.flush();
}

}  // namespace

void write_prune_table(const PruneTable& table, Format format, const PruneReportOptions& options,
                       const TextSink& sink) {
  switch (format) {
    case Format::html:
      throw Error(ErrorCode::usage, "a table of pruning has no HTML page; there is its picture");
    case Format::json:
      return write_prune_json(table, options, sink);
    case Format::csv:
      return write_csv(table, options, sink);
    case Format::markdown:
      return write_markdown(table, options, sink);
    default:
      return write_text(table, options, sink);
  }
}

}  // namespace weightsieve
