#include "format/shard_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "format/decoded_file.hpp"
#include "format/name_index.hpp"
#include "format/safetensors_header.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

namespace fs = std::filesystem;

/// Which of the files are in their folder. One look at the folder, not one at each file: an index can name a
/// million. A folder that cannot be listed passes for complete; opening the files says what is wrong.
std::vector<bool> present(const Candidate& files) {
  std::vector<bool> found(files.names.size());
  std::error_code error;
  fs::directory_iterator it(files.folder.empty() ? "." : files.folder, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    const std::string name = it->path().filename().string();
    const auto at = std::ranges::lower_bound(files.names, name);
    if (at == files.names.end() || *at != name) continue;
    std::error_code other;
    const bool leads_nowhere = it->status(other).type() == fs::file_type::not_found;
    found[static_cast<std::size_t>(at - files.names.begin())] = !leads_nowhere;
  }
  if (error) found.assign(found.size(), true);
  return found;
}

/// Names in a folder that an encoded file may have, sorted.
std::vector<std::string> encoded_files(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator it(folder.empty() ? "." : folder, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    std::string name = it->path().filename().string();
    if (plain_name(name) != name) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

void require_safetensors(const Source& source) {
  const FormatReader& reader = recognise(source);
  if (&reader == &kSafetensors) return;
  reject(rules::kFormatUnsupported, source.path(), 0,
         fmt::format("looks like {}; must be a safetensors file", reader.description));
}

}  // namespace

void require_present(const Candidate& files, const std::string& path,
                     std::optional<std::uint64_t> offset_bytes) {
  constexpr std::size_t most_named = 20;
  std::string list;
  std::size_t missing = 0;
  const std::vector<bool> found = present(files);
  for (std::size_t i = 0; i < files.names.size(); ++i) {
    if (found[i]) continue;
    if (missing < most_named) list += (missing == 0 ? "" : ", ") + in_quotes(files.names[i]);
    ++missing;
  }
  if (missing == 0) return;
  if (missing > most_named) list += fmt::format(" and {} more", grouped(missing - most_named));
  reject(rules::kShardMissing, path, offset_bytes,
         fmt::format("{} of {} shards missing: {}", grouped(missing), grouped(files.names.size()), list));
}

Candidate encoded_where_missing(const Candidate& files) {
  const std::vector<bool> found = present(files);
  if (std::ranges::find(found, false) == found.end()) return files;
  Candidate there = files;
  const std::vector<std::string> names = encoded_files(files.folder);
  for (std::size_t i = 0; i < files.names.size() && !names.empty(); ++i) {
    if (found[i]) continue;
    for (const std::string& name : encoded_names(files.names[i]))
      if (std::ranges::binary_search(names, name)) there.names[i] = name;
  }
  std::ranges::sort(there.names);
  return there;
}

void refuse_symlinks(const Candidate& files) {
  for (std::size_t i = 0; i < files.names.size(); ++i) {
    std::error_code ignored;
    if (fs::is_symlink(fs::symlink_status(files.path(i), ignored))) {
      reject(rules::kShardSymlink, files.path(i), std::nullopt, "is a symbolic link; strict follows none");
    }
  }
}

Checkpoint read_files(const Candidate& files, IoMode mode, ProblemLog& problems) {
  Checkpoint checkpoint;
  checkpoint.format = "safetensors";
  for (std::size_t i = 0; i < files.names.size(); ++i) {
    const DecodedFile file = open_decoded(files.path(i), mode);
    const Source& source = *file.source;
    require_safetensors(source);
    checkpoint.header_bytes +=
        read_safetensors(source, static_cast<std::uint32_t>(i), checkpoint.tensors, problems);
    checkpoint.files.push_back(
        {files.names[i], files.path(i), source.identity(), file.content_name, source.size(), file.encoded});
  }
  return checkpoint;
}

void require_unique(const Checkpoint& checkpoint, std::span<const std::uint32_t> positions, IoMode mode) {
  const auto tensor_at = [&](std::uint32_t i) -> const TensorInfo& {
    return checkpoint.tensors[positions[i]];
  };
  const NameIndex index(positions.size(),
                        [&](std::uint32_t i) -> std::string_view { return tensor_at(i).name; });
  const auto twice = index.least_repeated();
  if (!twice) return;
  const auto named = [&](const TensorInfo& tensor) { return tensor.name == *twice; };
  const auto first = std::ranges::find_if(checkpoint.tensors, named);
  const auto second = std::find_if(first + 1, checkpoint.tensors.end(), named);
  const CheckpointFile& file = checkpoint.files[second->file];
  reject(rules::kShardDuplicate, file.path, find_tensor(*open_decoded(file.path, mode).source, *twice),
         fmt::format("the tensor is in {} too", in_quotes(checkpoint.files[first->file].name)), *twice);
}

}  // namespace weightsieve::format
