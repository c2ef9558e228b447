#include "format/safetensors_header.hpp"

#include <fmt/format.h>

#include "format/json_text.hpp"
#include "format/name_index.hpp"
#include "format/safetensors_entry.hpp"
#include "format/safetensors_layout.hpp"
#include "weightsieve/base/bytes.hpp"

namespace weightsieve::format {
namespace {

constexpr JsonRules kHeaderRules{rules::kUtf8, rules::kJson, rules::kDepth};

/// The length of the header, checked against the format's limit and the file.
std::size_t header_length(const Source& source) {
  if (source.size() < kLengthBytes) {
    reject(rules::kHeaderTooSmall, source.path(), source.size(),
           fmt::format(
               "the file has {} bytes; a safetensors file begins with the {} bytes of its header's length",
               source.size(), kLengthBytes));
  }
  const auto length = load<std::uint64_t>(source.cursor()->view(0, kLengthBytes).data());
  if (length > kMaxHeaderBytes) {
    reject(
        rules::kHeaderTooLarge, source.path(), 0,
        fmt::format("the header's length reads {}; at most {} bytes are allowed", length, kMaxHeaderBytes));
  }
  if (length > source.size() - kLengthBytes) {
    reject(rules::kHeaderLength, source.path(), 0,
           fmt::format(
               "the file is cut short, or no safetensors file: its header's length reads {}; {} bytes follow",
               length, source.size() - kLengthBytes));
  }
  return static_cast<std::size_t>(length);
}

void check_start(const JsonText& json, const std::string& path, ProblemLog& problems) {
  if (json.first() == '{') return;
  // Some versions of the parser step over a byte order mark.
  if (json.first() == '\xEF') json.fail(rules::kJson, kLengthBytes, "begins with a byte order mark");
  problems.warn(rules::kStart, path, kLengthBytes, "the header begins with white space; must begin with '{'");
}

void read_entries(JsonText& json, const std::string& path, std::vector<TensorInfo>& tensors,
                  ProblemLog& problems) {
  EntryReader entries(json, path, problems);
  bool has_metadata = false;
  json.walk([&](std::string_view name, JsonValue value, std::uint64_t at) {
    if (name != "__metadata__") {
      tensors.push_back(entries.read(name, value, at));
      return;
    }
    if (has_metadata) json.fail(rules::kDuplicate, at, "__metadata__ is given twice");
    has_metadata = true;
    entries.check_metadata(value, at);
  });
}

void check_unique(std::span<const TensorInfo> tensors, JsonText& json) {
  const NameIndex index(tensors.size(), [&](std::uint32_t i) -> std::string_view { return tensors[i].name; });
  const auto twice = index.least_repeated();
  if (twice) json.fail(rules::kDuplicate, json.find(*twice, 1), "the name is given twice", *twice);
}

}  // namespace

std::uint64_t read_safetensors(const Source& source, std::uint32_t file, std::vector<TensorInfo>& tensors,
                               ProblemLog& problems) {
  const std::size_t length = header_length(source);
  const std::size_t before = tensors.size();
  JsonText json(source, kLengthBytes, length, kHeaderRules);
  read_entries(json, source.path(), tensors, problems);
  check_start(json, source.path(), problems);
  const std::span<TensorInfo> added = std::span(tensors).subspan(before);
  check_unique(added, json);
  check_layout(added, source, kLengthBytes + length, json, problems);
  for (TensorInfo& tensor : added)
    tensor.file = file;
  return kLengthBytes + length;
}

std::uint64_t find_tensor(const Source& source, std::string_view name) {
  JsonText json(source, kLengthBytes, header_length(source), kHeaderRules);
  return json.find(name, 0);
}

}  // namespace weightsieve::format
