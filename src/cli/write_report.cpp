#include "cli/write_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "weightsieve/base/json_writer.hpp"

namespace weightsieve::cli {
namespace {

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// What is not encoded is as large as it was, and nothing more is to be said.
std::string sizes(std::uint64_t content_bytes, std::uint64_t bytes) {
  if (content_bytes == bytes) return binary_size(bytes);
  return fmt::format("{} → {} ({:.2f} %)", binary_size(content_bytes), binary_size(bytes),
                     percent(bytes, content_bytes));
}

/// "written in 0.31 s (279.5 MiB/s)", of the dense files' bytes.
std::string took(std::string_view what, std::uint64_t content_bytes, double seconds) {
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(content_bytes) / std::max(seconds, 1e-9));
  return fmt::format("{} in {:.2f} s ({}/s)", what, seconds, binary_size(rate));
}

/// Empty where nothing was written and nothing read back.
std::string times(const WriteResult& result) {
  std::string text;
  if (result.write_seconds) text = took("written", result.content_bytes, *result.write_seconds);
  if (result.restore_seconds)
    text += (text.empty() ? "" : ", ") + took("read back", result.content_bytes, *result.restore_seconds);
  return text;
}

void write_text(const WriteResult& result, bool timing, const TextSink& sink) {
  std::size_t shards = 0;
  for (const ManifestFile& file : result.files) {
    if (file.content_name.empty()) {
      sink(fmt::format("{}: copied, {}\n", escape_control(file.name), binary_size(file.bytes)));
      continue;
    }
    ++shards;
    sink(fmt::format("{}: {}\n", escape_control(file.name), sizes(file.content_bytes, file.bytes)));
  }
  if (shards > 1) sink(fmt::format("together: {}\n", sizes(result.content_bytes, result.written_bytes)));
  sink(fmt::format("{} {}\n", result.already_complete ? "already complete:" : "written to",
                   escape_control(result.folder)));
  if (const std::string line = times(result); timing && !line.empty()) sink(line + "\n");
}

void write_markdown(const WriteResult& result, bool timing, const TextSink& sink) {
  sink("| File | Content bytes | Bytes | Percent | SHA-256 |\n| --- | ---: | ---: | ---: | --- |\n");
  for (const ManifestFile& file : result.files)
    sink(fmt::format("| {} | {} | {} | {:.2f} | {} |\n", escape_control(file.name),
                     file.content_name.empty() ? file.bytes : file.content_bytes, file.bytes,
                     file.content_name.empty() ? 100.0 : percent(file.bytes, file.content_bytes),
                     file.sha256));
  if (const std::string line = times(result); timing && !line.empty()) sink(fmt::format("\n{}\n", line));
}

void write_member(JsonWriter& json, std::string_view name, const std::optional<double>& seconds) {
  json.key(name);
  seconds ? json.value(*seconds) : json.null();
}

void write_json(const WriteResult& result, bool timing, const TextSink& sink) {
  JsonWriter json(sink);
  json.begin_object(JsonWriter::Layout::lines);
  write_manifest_members({result.checkpoint, result.encoding, result.run, result.files}, json);
  if (timing) {
    write_member(json, "write_seconds", result.write_seconds);
    write_member(json, "restore_seconds", result.restore_seconds);
  }
  json.end_object().finish();
}

void write_csv(const WriteResult& result, const TextSink& sink) {
  sink("file,content_bytes,bytes,sha256\n");
  for (const ManifestFile& file : result.files)
    sink(fmt::format("\"{}\",{},{},{}\n", escape_control(file.name),
                     file.content_name.empty() ? file.bytes : file.content_bytes, file.bytes, file.sha256));
}

}  // namespace

void write_result(const WriteResult& result, Format format, bool timing, const TextSink& sink) {
  switch (format) {
    case Format::json:
      return write_json(result, timing, sink);
    case Format::csv:
      return write_csv(result, sink);
    case Format::markdown:
      return write_markdown(result, timing, sink);
    default:
      return write_text(result, timing, sink);
  }
}

}  // namespace weightsieve::cli
