// A sharded checkpoint with an index, of safetensors or PyTorch files: the map and the shards must agree.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "format/format_reader.hpp"
#include "format/problem_log.hpp"
#include "format/shard_files.hpp"
#include "format/shard_index.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/checked.hpp"

namespace weightsieve::format {
namespace {

constexpr std::string_view kSafetensorsMiddle = ".safetensors.index.";
constexpr std::string_view kTorchMiddle = ".bin.index.";
constexpr std::string_view kEnding = ".json";
constexpr std::uint32_t kDropped = UINT32_MAX;

Match recognise(Bytes first_bytes, const Source&) {
  const std::string_view text = as_text(first_bytes);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  // A length that happens to begin with the byte of '{' has zeros in its upper half; JSON has none.
  const bool is_text = text.substr(0, 8).find('\0') == std::string_view::npos;
  return is_text && first != std::string_view::npos && text[first] == '{' ? Match::yes : Match::no;
}

std::vector<std::vector<std::string>> find(std::span<const std::string> names, std::string_view middle) {
  std::vector<std::vector<std::string>> found;
  for (const std::string& name : names) {
    if (name.find(middle) != std::string::npos && name.ends_with(kEnding)) found.push_back({name});
  }
  return found;
}

std::vector<std::vector<std::string>> find_safetensors(std::span<const std::string> names) {
  return find(names, kSafetensorsMiddle);
}

std::vector<std::vector<std::string>> find_torch(std::span<const std::string> names) {
  return find(names, kTorchMiddle);
}

/// "model.safetensors.index.json" is that of "model", "model.safetensors.index.fp16.json" of "model.fp16".
std::string checkpoint_name(std::string_view file_name) {
  if (file_name.ends_with(kEnding)) file_name.remove_suffix(kEnding.size());
  constexpr std::string_view index = ".index";
  const std::size_t at = file_name.rfind(index);
  if (at == std::string_view::npos) return std::string(file_name);
  std::string_view stem = file_name.substr(0, at);
  const std::string_view variant = file_name.substr(at + index.size());
  for (const std::string_view ending : {".safetensors", ".bin"})
    if (stem.ends_with(ending)) stem.remove_suffix(ending.size());
  return std::string(stem) + std::string(variant);
}

/// The files that the map names, each once.
Candidate mapped_files(const ShardIndex& index, const Candidate& candidate) {
  std::vector<std::string_view> names;
  for (const MappedTensor& tensor : index.tensors()) {
    if (names.empty() || names.back() != tensor.file) names.push_back(tensor.file);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return {candidate.folder, {names.begin(), names.end()}, true};
}

/// What the map calls a file: what it decodes to, but for other formats, whose content is ours to name.
const std::string& mapped_name(const CheckpointFile& file) {
  return file.content ? file.name : file.content_name;
}

/// Compares the map with what the shards hold.
class MapJoin {
 public:
  MapJoin(ShardIndex& index, const Checkpoint& checkpoint)
      : index_(index), checkpoint_(checkpoint), found_(index.tensors().size()) {}

  /// Looks every tensor up.
  void run() {
    for (std::uint32_t i = 0; i < checkpoint_.tensors.size(); ++i)
      look_up(i);
  }

  /// Tensors that the map does not know, and those that it wants from another shard.
  const std::vector<std::uint32_t>& unlisted() const { return unlisted_; }
  const std::vector<std::uint32_t>& elsewhere() const { return elsewhere_; }

  /// The first entry of the map whose shard lacks it.
  const MappedTensor* unmet() const {
    const auto at = std::find(found_.begin(), found_.end(), false);
    return at == found_.end() ? nullptr : &index_.tensors()[static_cast<std::size_t>(at - found_.begin())];
  }

  /// Of the tensors where the map wants them; nothing when that is 2^64 or more.
  std::optional<std::uint64_t> bytes() const { return bytes_; }

 private:
  void look_up(std::uint32_t position) {
    const TensorInfo& tensor = checkpoint_.tensors[position];
    const auto entry = index_.find(tensor.name);
    if (!entry) {
      unlisted_.push_back(position);
    } else if (index_.tensors()[*entry].file != mapped_name(checkpoint_.files[tensor.file])) {
      elsewhere_.push_back(position);
    } else {
      found_[*entry] = true;
      if (bytes_) bytes_ = checked_add(*bytes_, tensor.bytes);
    }
  }

  ShardIndex& index_;
  const Checkpoint& checkpoint_;
  std::vector<bool> found_;
  std::vector<std::uint32_t> unlisted_;
  std::vector<std::uint32_t> elsewhere_;
  std::optional<std::uint64_t> bytes_ = 0;
};

void warn_unlisted(const Checkpoint& checkpoint, std::span<const std::uint32_t> positions,
                   const std::string& path, std::uint64_t at, ProblemLog& problems) {
  for (const std::uint32_t position : positions) {
    const TensorInfo& tensor = checkpoint.tensors[position];
    problems.warn(rules::kIndexUnlisted, path, at,
                  fmt::format("weight_map does not name {}, which is in {}", in_quotes(tensor.name),
                              in_quotes(checkpoint.files[tensor.file].name)));
  }
}

/// Of a tensor in several shards the one counts that the map names.
void drop_shadowed(Checkpoint& checkpoint, std::span<const std::uint32_t> positions, const std::string& path,
                   std::uint64_t at, ProblemLog& problems) {
  for (const std::uint32_t position : positions) {
    TensorInfo& tensor = checkpoint.tensors[position];
    problems.warn(rules::kIndexShadowed, path, at,
                  fmt::format("{} is in {} too, where weight_map does not place it; left out there",
                              in_quotes(tensor.name), in_quotes(checkpoint.files[tensor.file].name)));
    tensor.file = kDropped;
  }
  if (!positions.empty()) {
    std::erase_if(checkpoint.tensors, [](const TensorInfo& tensor) { return tensor.file == kDropped; });
  }
}

void join(ShardIndex& index, Checkpoint& checkpoint, const std::string& path, IoMode mode,
          ProblemLog& problems) {
  MapJoin map(index, checkpoint);
  map.run();
  if (const MappedTensor* unmet = map.unmet()) {
    reject(rules::kIndexTensorMissing, path, unmet->at,
           fmt::format("weight_map places it in {}, which lacks it", in_quotes(unmet->file)), unmet->name);
  }
  warn_unlisted(checkpoint, map.unlisted(), path, index.map_at(), problems);
  require_unique(checkpoint, map.unlisted(), mode);
  drop_shadowed(checkpoint, map.elsewhere(), path, index.map_at(), problems);
  index.check_total_size(map.bytes(), path, problems);
}

Checkpoint open(const Candidate& candidate, const OpenOptions& options) {
  const std::string path = candidate.path(0);
  const auto source = open_source(path, options.io);
  ShardIndex index(*source);
  const Candidate files = encoded_where_missing(mapped_files(index, candidate));
  if (options.strict) refuse_symlinks(files);
  require_present(files, path, index.map_at());
  ProblemLog problems(options.strict);
  Checkpoint checkpoint = read_files(files, options, problems);
  checkpoint.header_bytes += source->size();
  join(index, checkpoint, path, options.io, problems);
  checkpoint.problems = problems.take();
  checkpoint.observations = problems.take_observations();
  return checkpoint;
}

}  // namespace

const FormatReader kSafetensorsIndex{
    "safetensors",   "the index of a sharded checkpoint (JSON with a weight_map)",
    recognise,       find_safetensors,
    checkpoint_name, open,
    nullptr};

const FormatReader kTorchIndex{
    "pytorch", "the index of sharded PyTorch files", recognise, find_torch, checkpoint_name, open, nullptr};

}  // namespace weightsieve::format
