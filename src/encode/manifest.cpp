#include "weightsieve/encode/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/base/json_writer.hpp"
#include "weightsieve/encode/rules.hpp"

namespace weightsieve {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxManifestBytes = 100'000'000;
constexpr std::size_t kHexDigits = 32;

void write_file(JsonWriter& json, const ManifestFile& file) {
  json.begin_object(JsonWriter::Layout::row);
  json.member("name", std::string_view(file.name)).member("bytes", file.bytes);
  json.member("sha256", std::string_view(file.sha256));
  if (!file.content_name.empty())
    json.member("content_name", std::string_view(file.content_name))
        .member("content_bytes", file.content_bytes);
  json.end_object();
}

/// Reads one manifest; everything in it is checked.
class Reader {
 public:
  explicit Reader(const Source& file) : file_(file) {}

  Manifest read() const {
    const Json json = parse();
    Manifest manifest;
    check_schema(text(json, "schema"));
    manifest.checkpoint = text(json, "checkpoint");
    manifest.encoding = encoding(text(json, "encoding"));
    manifest.run = run(text(json, "run"));
    const Json& files = member(json, "files");
    if (!files.is_array()) fail(rules::kManifestJson, "files must be an array");
    for (const Json& entry : files)
      manifest.files.push_back(read_file(entry));
    check_unique(manifest.files);
    return manifest;
  }

 private:
  Json parse() const {
    if (file_.size() > kMaxManifestBytes)
      fail(rules::kManifestJson,
           fmt::format("has {} bytes; at most {} are read", file_.size(), kMaxManifestBytes));
    std::string content;
    const auto cursor = file_.cursor();
    constexpr std::uint64_t a_time = std::uint64_t{1} << 20;
    for (std::uint64_t at = 0; at < file_.size(); at += a_time) {
      const Bytes view = cursor->view(at, static_cast<std::size_t>(std::min(a_time, file_.size() - at)));
      content.append(as_text(view));
    }
    Json json = Json::parse(content, nullptr, false);
    if (!json.is_object()) fail(rules::kManifestJson, "is no JSON object");
    return json;
  }

  const Json& member(const Json& object, const char* key) const {
    const auto at = object.find(key);
    if (at == object.end()) fail(rules::kManifestJson, fmt::format("{} is missing", key));
    return *at;
  }

  std::string text(const Json& object, const char* key) const {
    const Json& value = member(object, key);
    if (!value.is_string()) fail(rules::kManifestJson, fmt::format("{} must be a string", key));
    return value.get<std::string>();
  }

  std::uint64_t integer(const Json& object, const char* key) const {
    const Json& value = member(object, key);
    if (!value.is_number_unsigned())
      fail(rules::kManifestJson, fmt::format("{} must be an integer of at least 0", key));
    return value.get<std::uint64_t>();
  }

  void check_schema(const std::string& schema) const {
    if (schema == kManifestSchema) return;
    if (schema.starts_with("weightsieve.manifest/"))
      fail(rules::kManifestVersion,
           fmt::format("has schema {}, this program reads {}; written by a newer one", schema,
                       kManifestSchema));
    fail(rules::kManifestJson, fmt::format("has schema {}; must be {}", schema, kManifestSchema));
  }

  Encoding encoding(const std::string& name) const {
    const auto encoding = encoding_from_name(name);
    if (!encoding)
      fail(rules::kManifestVersion, fmt::format("knows an encoding {}; written by a newer program", name));
    return *encoding;
  }

  Hash128 run(const std::string& hex) const {
    Hash128 run{};
    const bool is_hex =
        hex.size() == kHexDigits && hex.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!is_hex) fail(rules::kManifestJson, "run must be 32 hexadecimal digits");
    std::from_chars(hex.data(), hex.data() + 16, run[1], 16);
    std::from_chars(hex.data() + 16, hex.data() + 32, run[0], 16);
    return run;
  }

  ManifestFile read_file(const Json& entry) const {
    if (!entry.is_object()) fail(rules::kManifestJson, "an entry of files must be an object");
    ManifestFile file{plain_name(text(entry, "name")), integer(entry, "bytes"), text(entry, "sha256"), {}, 0};
    if (file.sha256.size() != 64) fail(rules::kManifestJson, "sha256 must be 64 hexadecimal digits");
    if (entry.contains("content_name")) {
      file.content_name = plain_name(text(entry, "content_name"));
      file.content_bytes = integer(entry, "content_bytes");
    }
    return file;
  }

  std::string plain_name(std::string name) const {
    using namespace std::string_view_literals;
    const bool plain =
        !name.empty() && name != "." && name != ".." && name.find_first_of("/\\\0"sv) == std::string::npos;
    if (!plain) fail(rules::kManifestName, fmt::format("names \"{}\"; must be a plain file name", name));
    return name;
  }

  void check_unique(const std::vector<ManifestFile>& files) const {
    std::set<std::string_view> names;
    for (const ManifestFile& file : files)
      if (!names.insert(file.name).second)
        fail(rules::kManifestName, fmt::format("names \"{}\" twice", file.name));
  }

  [[noreturn]] void fail(const Rule& rule, const std::string& message) const {
    throw Error(ErrorCode::malformed, message,
                {.file = file_.path(), .offset_bytes = {}, .tensor = {}, .rule = std::string(rule.id)});
  }

  const Source& file_;
};

}  // namespace

std::string to_hex(const Hash128& hash) { return fmt::format("{:016x}{:016x}", hash[1], hash[0]); }

void write_manifest(const Manifest& manifest, const TextSink& sink) {
  JsonWriter json(sink);
  json.begin_object(JsonWriter::Layout::lines);
  write_manifest_members(manifest, json);
  json.end_object().finish();
}

void write_manifest_members(const Manifest& manifest, JsonWriter& json) {
  json.member("schema", kManifestSchema).member("checkpoint", std::string_view(manifest.checkpoint));
  json.member("encoding", to_string(manifest.encoding)).member("run", std::string_view(to_hex(manifest.run)));
  json.key("files").begin_array(JsonWriter::Layout::lines);
  for (const ManifestFile& file : manifest.files)
    write_file(json, file);
  json.end_array();
}

Manifest read_manifest(const Source& file) { return Reader(file).read(); }

}  // namespace weightsieve
