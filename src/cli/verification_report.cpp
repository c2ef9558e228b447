#include "cli/verification_report.hpp"

#include <fmt/format.h>

#include <array>

#include "weightsieve/base/json_writer.hpp"

namespace weightsieve::cli {
namespace {

/// One line of the verdict; text, markdown and CSV show the same lines.
struct Row {
  std::string verdict;
  std::string message;
  Place place;
};

constexpr std::array<std::string_view, 7> kColumns{"path",   "verdict", "rule",   "file",
                                                   "offset", "tensor",  "message"};

std::string_view plural(std::uint64_t count) { return count == 1 ? "" : "s"; }

std::string manifest_summary(const ManifestVerdict& manifest) {
  return fmt::format("; manifest: {} file{}, size{} {} equal", manifest.files, plural(manifest.files),
                     plural(manifest.files), manifest.hashed ? "and SHA-256" : "(not SHA-256)");
}

std::string summary(const Verification& verification) {
  std::string text = verification.format;
  if (!verification.encoding.empty()) text += ", " + verification.encoding;
  text += fmt::format(", {} tensor{}, {}{}", verification.tensors, plural(verification.tensors),
                      binary_size(verification.bytes), verification.data_read ? "" : ", headers only");
  if (verification.manifest) text += manifest_summary(*verification.manifest);
  return text;
}

std::vector<Row> rows_of(const Verification& verification) {
  std::vector<Row> rows;
  for (const VerifyFinding& warning : verification.warnings)
    rows.push_back({"warning", warning.message, warning.place});
  for (const VerifyFinding& error : verification.errors)
    rows.push_back({"error", error.message, error.place});
  if (verification.security)
    for (const VerifyFinding& found : *verification.security)
      rows.push_back({"security", found.message, found.place});
  if (verification.clean()) rows.push_back({"ok", summary(verification), {}});
  return rows;
}

std::array<std::string, kColumns.size()> cells(const std::string& path, const Row& row) {
  const std::string offset = row.place.offset_bytes ? fmt::to_string(*row.place.offset_bytes) : "";
  std::array<std::string, kColumns.size()> all{path,   row.verdict,      row.place.rule, row.place.file,
                                               offset, row.place.tensor, row.message};
  for (std::string& cell : all)
    cell = escape_control(cell);
  return all;
}

std::string replaced(const std::string& text, char what, std::string_view with) {
  std::string out;
  for (const char c : text)
    c == what ? out.append(with) : out.append(1, c);
  return out;
}

/// RFC 4180: a field that holds a comma or a quote is quoted.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"") == std::string::npos) return text;
  return fmt::format("\"{}\"", replaced(text, '"', "\"\""));
}

void write_text(const std::string& path, const Row& row, const TextSink& sink) {
  Place place = row.place;
  if (place.file == path) place.file.clear();
  const Error described(ErrorCode::malformed, row.message, place);
  sink(fmt::format("{}: {}: {}\n", escape_control(path), row.verdict, described.what()));
}

void write_csv(const std::string& path, const Row& row, const TextSink& sink) {
  std::string line;
  for (const std::string& cell : cells(path, row))
    line += fmt::format("{}{}", line.empty() ? "" : ",", csv_field(cell));
  sink(line + "\n");
}

void write_markdown(const std::string& path, const Row& row, const TextSink& sink) {
  std::string line = "|";
  for (const std::string& cell : cells(path, row))
    line += fmt::format(" {} |", replaced(cell, '|', "\\|"));
  sink(line + "\n");
}

void write_heading(Format format, const TextSink& sink) {
  if (format == Format::csv) sink(fmt::format("{}\n", fmt::join(kColumns, ",")));
  if (format != Format::markdown) return;
  sink(fmt::format("| {} |\n", fmt::join(kColumns, " | ")));
  sink("| --- | --- | --- | --- | ---: | --- | --- |\n");
}

void write_findings(JsonWriter& json, std::string_view name, const std::vector<VerifyFinding>& findings) {
  json.key(name).begin_array(JsonWriter::Layout::lines);
  for (const VerifyFinding& finding : findings) {
    const Place& place = finding.place;
    json.begin_object(JsonWriter::Layout::row).member("rule", place.rule).member("file", place.file);
    json.key("offset");
    place.offset_bytes ? json.value(*place.offset_bytes) : json.null();
    if (!place.tensor.empty()) json.member("tensor", place.tensor);
    json.member("message", finding.message).end_object();
  }
  json.end_array();
}

void write_manifest_verdict(JsonWriter& json, const std::optional<ManifestVerdict>& manifest) {
  json.key("manifest");
  if (!manifest) {
    json.null();
    return;
  }
  json.begin_object(JsonWriter::Layout::row).member("files", manifest->files);
  json.member("hashed", manifest->hashed).end_object();
}

void write_json(const std::string& path, const Verification& verification, const TextSink& sink) {
  JsonWriter json(sink);
  json.begin_object(JsonWriter::Layout::lines).member("schema", "weightsieve.verification/1");
  json.member("path", path).member("sound", verification.sound());
  json.key("checkpoint").begin_object(JsonWriter::Layout::row).member("name", verification.name);
  json.member("format", verification.format);
  if (!verification.encoding.empty()) json.member("encoding", verification.encoding);
  json.member("files", verification.files).end_object();
  json.member("tensors", verification.tensors).member("bytes", verification.bytes);
  json.member("data_read", verification.data_read);
  write_manifest_verdict(json, verification.manifest);
  write_findings(json, "errors", verification.errors);
  write_findings(json, "problems", verification.warnings);
  if (verification.security) write_findings(json, "security", *verification.security);
  json.end_object().finish();
}

}  // namespace

void write_verification(const std::string& path, const Verification& verification, Format format, bool first,
                        const TextSink& sink) {
  if (format == Format::json) return write_json(path, verification, sink);
  if (first) write_heading(format, sink);
  for (const Row& row : rows_of(verification)) {
    switch (format) {
      case Format::csv:
        write_csv(path, row, sink);
        break;
      case Format::markdown:
        write_markdown(path, row, sink);
        break;
      default:
        write_text(path, row, sink);
    }
  }
}

}  // namespace weightsieve::cli
