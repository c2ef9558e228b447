#include "format/shard_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "format/known_formats.hpp"
#include "format/name_index.hpp"
#include "format/safetensors_header.hpp"
#include "weightsieve/base/text.hpp"

namespace weightsieve::format {
namespace {

namespace fs = std::filesystem;

bool is_missing(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  // A name too long for the filesystem is one that cannot be there.
  return status.type() == fs::file_type::not_found || error == std::errc::filename_too_long;
}

/// A shard that is something else deserves a better word than that its header is too large.
void refuse_other_formats(const Source& source) {
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), kFirstBytes));
  const auto cursor = source.cursor();
  const Bytes first = cursor->view(0, length);
  refuse_lfs_pointer(first, source.path());
  if (kSafetensors.recognise(first, source.size()) == Match::yes) return;
  const std::string_view known = known_format(first);
  if (!known.empty()) {
    reject(rules::kFormatUnsupported, source.path(), 0,
           fmt::format("begins like {}; a safetensors file was expected", known));
  }
}

}  // namespace

void require_present(const Candidate& files, const std::string& path,
                     std::optional<std::uint64_t> offset_bytes) {
  constexpr std::size_t kMostNamed = 20;
  std::string list;
  std::size_t missing = 0;
  for (std::size_t i = 0; i < files.names.size(); ++i) {
    if (!is_missing(files.path(i))) continue;
    if (missing < kMostNamed) list += (missing == 0 ? "" : ", ") + in_quotes(files.names[i]);
    ++missing;
  }
  if (missing == 0) return;
  if (missing > kMostNamed) list += fmt::format(" and {} more", grouped(missing - kMostNamed));
  reject(rules::kShardMissing, path, offset_bytes,
         fmt::format("{} of {} shards missing: {}", grouped(missing), grouped(files.names.size()), list));
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
    const auto source = open_source(files.path(i), mode);
    refuse_other_formats(*source);
    checkpoint.header_bytes +=
        read_safetensors(*source, static_cast<std::uint32_t>(i), checkpoint.tensors, problems);
    checkpoint.files.push_back({files.names[i], files.path(i), source->identity()});
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
  reject(rules::kShardDuplicate, file.path, find_tensor(*open_source(file.path, mode), *twice),
         fmt::format("the tensor is in {} too", in_quotes(checkpoint.files[first->file].name)), *twice);
}

}  // namespace weightsieve::format
