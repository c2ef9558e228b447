#include "ops/fresh_index.hpp"

#include <algorithm>
#include <unordered_set>

#include "weightsieve/base/json_writer.hpp"

namespace weightsieve {
namespace {

/// Names that stand for a tensor which has another one in the files.
std::unordered_set<std::string_view> other_names(const Checkpoint& checkpoint) {
  std::unordered_set<std::string_view> names;
  for (const std::vector<std::string>& tied : checkpoint.tied)
    names.insert(tied.begin() + 1, tied.end());
  return names;
}

/// "model" of "model-00001-of-00003.safetensors"; the checkpoint's name for files that are called otherwise.
std::string stem_of(const Checkpoint& checkpoint) {
  const std::string& name = checkpoint.files.front().content_name;
  const std::size_t at = name.find("-00001-of-");
  return at == std::string::npos ? checkpoint.name : name.substr(0, at);
}

}  // namespace

bool is_index_name(std::string_view name) {
  return name.find(".index.") != std::string_view::npos && name.ends_with(".json");
}

bool is_converted(const Checkpoint& checkpoint) {
  return std::ranges::any_of(checkpoint.files,
                             [](const CheckpointFile& file) { return file.content != nullptr; });
}

std::optional<std::string> fresh_index_name(const Checkpoint& checkpoint) {
  const auto shards = std::ranges::count_if(
      checkpoint.files, [](const CheckpointFile& file) { return file.content_bytes > 0; });
  if (shards < 2 || !is_converted(checkpoint)) return std::nullopt;
  return stem_of(checkpoint) + ".safetensors.index.json";
}

std::string fresh_index(const Checkpoint& checkpoint) {
  const auto others = other_names(checkpoint);
  const auto is_stored = [&](const TensorInfo& tensor) { return !others.contains(tensor.name); };
  std::uint64_t bytes = 0;
  for (const TensorInfo& tensor : checkpoint.tensors)
    if (is_stored(tensor)) bytes += tensor.bytes;
  std::string text;
  const TextSink sink = [&](std::string_view part) { text += part; };
  JsonWriter json(sink);
  json.begin_object(JsonWriter::Layout::lines);
  json.key("metadata").begin_object(JsonWriter::Layout::lines).member("total_size", bytes).end_object();
  json.key("weight_map").begin_object(JsonWriter::Layout::lines);
  for (const TensorInfo& tensor : checkpoint.tensors)
    if (is_stored(tensor))
      json.member(tensor.name, std::string_view(checkpoint.files[tensor.file].content_name));
  json.end_object().end_object().finish();
  return text;
}

}  // namespace weightsieve
