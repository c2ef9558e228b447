#include "format/shard_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <numeric>

#include "format/decoded_file.hpp"
#include "format/name_index.hpp"
#include "format/safetensors_header.hpp"
#include "format/shard_name.hpp"
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

/// The reader for a file of a set whose others are read by `others`, if there are any.
const FormatReader& reader_of(const Source& source, const FormatReader* others) {
  const FormatReader& reader = recognise(source);
  if (reader.read != nullptr && (others == nullptr || others == &reader)) return reader;
  reject(rules::kFormatUnsupported, source.path(), 0,
         fmt::format("looks like {}; must be {}", reader.description,
                     others == nullptr ? "a file with tensors" : others->description));
}

/// What the names of one set have in common.
std::string set_of(const std::string& name) {
  const auto shard = parse_shard_name(name);
  return shard ? shard_file_name(*shard, 0) : name;
}

/// All the files that the set to which these belong should have.
Candidate whole_set(const Candidate& found) {
  const auto shard = parse_shard_name(found.names.front());
  if (!shard) return found;
  Candidate whole{found.folder, {}, true};
  for (std::uint32_t number = 1; number <= shard->count; ++number)
    whole.names.push_back(shard_file_name(*shard, number));
  for (const std::string& name : found.names) {
    if (std::ranges::binary_search(whole.names, name)) continue;
    reject(rules::kShardNumber, found.folder + name, std::nullopt,
           fmt::format("shards are numbered from 00001 to {:05}", shard->count));
  }
  return whole;
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

Checkpoint read_files(const Candidate& files, const OpenOptions& options, ProblemLog& problems) {
  Checkpoint checkpoint;
  const FormatReader* reader = nullptr;
  for (std::size_t i = 0; i < files.names.size(); ++i) {
    DecodedFile file = open_decoded(files.path(i), options.io);
    reader = &reader_of(*file.source, reader);
    checkpoint.format = reader->name;
    CheckpointFile entry{
        files.names[i], files.path(i), file.source->identity(), file.content_name, file.source->size(),
        file.encoding,  nullptr};
    const auto number = static_cast<std::uint32_t>(checkpoint.files.size());
    FileReading reading{file.source, number, options, checkpoint, entry, problems};
    reader->read(reading);
    checkpoint.files.push_back(std::move(entry));
    std::ranges::move(reading.other_files, std::back_inserter(checkpoint.files));
  }
  return checkpoint;
}

std::vector<std::vector<std::string>> find_sets(std::span<const std::string> names,
                                                bool (*is_candidate)(std::string_view name)) {
  std::map<std::string, std::vector<std::string>> sets;
  for (const std::string& name : names) {
    if (is_candidate(name)) sets[set_of(name)].push_back(name);
  }
  std::vector<std::vector<std::string>> found;
  found.reserve(sets.size());
  for (auto& [key, set] : sets)
    found.push_back(std::move(set));
  return found;
}

Checkpoint open_files_of(const Candidate& candidate, const OpenOptions& options) {
  const Candidate files = candidate.found_in_folder ? whole_set(candidate) : candidate;
  if (files.names.size() > 1) require_present(files, files.folder, std::nullopt);
  ProblemLog problems(options.strict);
  Checkpoint checkpoint = read_files(files, options, problems);
  if (files.names.size() > 1) {
    std::vector<std::uint32_t> all(checkpoint.tensors.size());
    std::iota(all.begin(), all.end(), 0U);
    require_unique(checkpoint, all, options.io);
  }
  checkpoint.problems = problems.take();
  checkpoint.observations = problems.take_observations();
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
  // Where another format names its tensors is no place in its file.
  const auto at = file.content ? 0 : find_tensor(*open_decoded(file.path, mode).source, *twice);
  reject(rules::kShardDuplicate, file.path, at,
         fmt::format("the tensor is in {} too", in_quotes(checkpoint.files[first->file].name)), *twice);
}

}  // namespace weightsieve::format
