#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "report/csv_fields.hpp"
#include "report/csv_record.hpp"
#include "report/reporters.hpp"
#include "report/rows.hpp"

namespace weightsieve {
namespace {

constexpr std::array kInventory{"checkpoint",     "name", "file", "dtype",    "shape",
                                "squeezed_shape", "form", "role", "elements", "bytes"};

/// What a row's tensors do not share is empty.
void write_inventory_fields(CsvRecord& record, const CheckpointProfile& profile, const Rows& rows,
                            std::size_t row) {
  const auto list = [](const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); };
  const TensorSpan members = rows.members(row);
  const TensorInfo& first = members.front()->info;
  const bool one_file = std::ranges::all_of(
      members, [&first](const TensorProfile* tensor) { return tensor->info.file == first.file; });
  const auto dtype = common_dtype(members);
  const auto shape = common_shape(members);
  record.field(rows.label(row)).field(one_file ? escape_control(profile.files.at(first.file).name) : "");
  record.field(dtype.value_or(""));
  record.field(shape ? list(*shape) : "").field(shape ? list(squeezed(*shape)) : "");
  record.field(shape ? form(*shape) : "").field(to_string(first.role));
  record.field(sum_elements(members)).field(sum_bytes(members));
}

void write_headings(CsvRecord& record, const std::vector<std::string>& statistics) {
  for (const std::string_view heading : kInventory)
    record.field(heading);
  for (const std::string& heading : statistics)
    record.field(heading);
  record.end();
}

/// Every tensor in file order; the layers alone where the options arrange them.
Rows csv_rows(const CheckpointProfile& profile, const ReportOptions& options) {
  if (!arranges_layers(options)) return Rows::single(all_tensors(profile));
  Rows rows = layer_rows(profile, options);
  rows.arrange(options, "elements");
  return rows;
}

/// A row a tensor.
void write_wide(CsvRecord& record, const CheckpointProfile& profile, const ReportOptions& options) {
  std::vector<std::string> headings;
  if (profile.options) headings = statistics_headings(profile.options->stats);
  if (!options.continued) write_headings(record, headings);
  const std::string checkpoint = escape_control(title_of(profile, options));
  const Rows rows = csv_rows(profile, options);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    record.field(checkpoint);
    write_inventory_fields(record, profile, rows, row);
    if (profile.options) {
      for (const std::string& field : statistics_fields(rows.members(row), profile.options->stats))
        record.field(field);
    }
    record.end();
  }
}

/// A row a statistic that exists; how its quantiles were found is no statistic.
void write_long(CsvRecord& record, const CheckpointProfile& profile, const ReportOptions& options) {
  if (!options.continued)
    record.field("checkpoint").field("name").field("role").field("statistic").field("value").end();
  std::vector<std::string> headings;
  if (profile.options) headings = statistics_headings(profile.options->stats);
  const std::string checkpoint = escape_control(title_of(profile, options));
  const Rows rows = csv_rows(profile, options);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::string name = rows.label(row);
    const std::string_view role = to_string(rows.members(row).front()->info.role);
    const auto write = [&](std::string_view statistic, std::string_view value) {
      if (value.empty() || statistic.ends_with("_method")) return;
      record.field(checkpoint).field(name).field(role).field(statistic).field(value).end();
    };
    write("elements", std::to_string(sum_elements(rows.members(row))));
    write("bytes", std::to_string(sum_bytes(rows.members(row))));
    if (!profile.options) continue;
    const std::vector<std::string> fields = statistics_fields(rows.members(row), profile.options->stats);
    for (std::size_t i = 0; i < fields.size(); ++i)
      write(headings[i], fields[i]);
    for (const auto& [scale, figures] : scale_fields(rows.members(row), profile.options->stats))
      for (std::size_t i = 0; i < figures.size(); ++i)
        write(fmt::format("{}.{}", scale, headings[i]), figures[i]);
  }
}

}  // namespace

void write_csv(const CheckpointProfile& profile, const ReportOptions& options, const TextSink& sink) {
  TextOut out(sink);
  CsvRecord record(out);
  options.tidy ? write_long(record, profile, options) : write_wide(record, profile, options);
  out.flush();
}

void write_ranking_csv(const Ranking& ranking, const ReportOptions&, const TextSink& sink) {
  TextOut out(sink);
  CsvRecord record(out);
  record.field("rank").field("name").field("layers").field("parameters").field("parameter_bytes").end();
  std::uint64_t rank = 0;
  for (const RankedCheckpoint& checkpoint : ranking) {
    record.field(++rank).field(escape_control(checkpoint.name)).field(checkpoint.layers);
    record.field(checkpoint.parameters).field(checkpoint.parameter_bytes).end();
  }
  out.flush();
}

}  // namespace weightsieve
