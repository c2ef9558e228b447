// The pruning table as a JSON document.
#include "report/prune_formats.hpp"
#include "weightsieve/base/json_writer.hpp"

namespace weightsieve {
namespace {

template <class T>
void member(JsonWriter& json, std::string_view name, const std::optional<T>& value) {
  json.key(name);
  value ? json.value(*value) : json.null();
}

void write_counts(JsonWriter& json, const MaskCounts& counts) {
  json.member("elements", counts.elements).member("zeroed", counts.zeroed);
  json.member("already_zero", counts.already_zero).member("newly_zeroed", counts.newly_zeroed());
  json.member("zeros_after", counts.zeros_after());
  json.member("non_finite", counts.non_finite);
  member(json, "retained_energy", counts.retained_energy());
  member(json, "relative_error", counts.relative_error());
  member(json, "cosine", counts.cosine());
  member(json, "signal_to_noise_db", counts.signal_to_noise_db());
}

void write_level(JsonWriter& json, const PruneTable& table, const PruneTableLevel& level, bool timing) {
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
  if (level.measured && timing) {
    member(json, "write_seconds", level.measured->write_seconds);
    member(json, "restore_seconds", level.measured->restore_seconds);
  }
  json.key("tensors").begin_array(JsonWriter::Layout::lines);
  for (std::size_t i = 0; i < table.tensors.size(); ++i) {
    json.begin_object(JsonWriter::Layout::row).member("name", std::string_view(table.tensors[i]));
    member(json, "threshold", level.thresholds[i]);
    write_counts(json, level.tensors[i]);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_unselected(JsonWriter& json, const PruneTable& table) {
  json.key("not_selected").begin_array(JsonWriter::Layout::lines);
  for (const UnselectedParameters& group : table.not_selected) {
    json.begin_object(JsonWriter::Layout::row).member("reason", std::string_view(group.reason));
    json.member("elements", group.elements).key("tensors").begin_array(JsonWriter::Layout::row);
    for (const std::string& name : group.tensors)
      json.value(std::string_view(name));
    json.end_array().end_object();
  }
  json.end_array();
}

void write_written(JsonWriter& json, const PruneTable& table) {
  json.key("written").begin_array(JsonWriter::Layout::lines);
  for (const WrittenCheckpoint& written : table.written) {
    json.begin_object(JsonWriter::Layout::lines).member("folder", std::string_view(written.folder));
    json.member("encoding", std::string_view(written.encoding));
    json.member("already_complete", written.already_complete);
    json.key("files").begin_array(JsonWriter::Layout::lines);
    for (const WrittenFile& file : written.files)
      json.begin_object(JsonWriter::Layout::row)
          .member("name", std::string_view(file.name))
          .member("bytes", file.bytes)
          .member("copied", file.copied)
          .end_object();
    json.end_array().end_object();
  }
  json.end_array();
}

}  // namespace

void write_prune_json(const PruneTable& table, const PruneReportOptions& options, const TextSink& sink) {
  JsonWriter json(sink);
  json.begin_object(JsonWriter::Layout::lines).member("schema", "weightsieve.prune-table/1");
  json.member("checkpoint", std::string_view(options.name));
  if (!options.how.empty()) json.member("how", std::string_view(options.how));
  json.member("parameters", table.parameters);
  json.key("levels").begin_array(JsonWriter::Layout::lines);
  for (const PruneTableLevel& level : table.levels)
    write_level(json, table, level, options.timing);
  json.end_array();
  json.key("left_alone").begin_array(JsonWriter::Layout::lines);
  for (const SkippedTensor& skipped : table.left_alone) {
    json.begin_object(JsonWriter::Layout::row).member("name", std::string_view(skipped.name));
    json.member("reason", std::string_view(skipped.reason)).end_object();
  }
  json.end_array();
  write_unselected(json, table);
  write_written(json, table);
  json.end_object().finish();
}

}  // namespace weightsieve
