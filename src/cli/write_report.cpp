#include "cli/write_report.hpp"

#include <fmt/format.h>

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

void write_text(const WriteResult& result, const TextSink& sink) {
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
}

void write_markdown(const WriteResult& result, const TextSink& sink) {
  sink("| File | Content bytes | Bytes | Percent | SHA-256 |\n| --- | ---: | ---: | ---: | --- |\n");
  for (const ManifestFile& file : result.files)
    sink(fmt::format("| {} | {} | {} | {:.2f} | {} |\n", escape_control(file.name),
                     file.content_name.empty() ? file.bytes : file.content_bytes, file.bytes,
                     file.content_name.empty() ? 100.0 : percent(file.bytes, file.content_bytes),
                     file.sha256));
}

void write_csv(const WriteResult& result, const TextSink& sink) {
  sink("file,content_bytes,bytes,sha256\n");
  for (const ManifestFile& file : result.files)
    sink(fmt::format("\"{}\",{},{},{}\n", escape_control(file.name),
                     file.content_name.empty() ? file.bytes : file.content_bytes, file.bytes, file.sha256));
}

}  // namespace

void write_result(const WriteResult& result, Format format, const TextSink& sink) {
  switch (format) {
    case Format::json:
      return write_manifest({result.checkpoint, result.encoding, result.run, result.files}, sink);
    case Format::csv:
      return write_csv(result, sink);
    case Format::markdown:
      return write_markdown(result, sink);
    default:
      return write_text(result, sink);
  }
}

}  // namespace weightsieve::cli
