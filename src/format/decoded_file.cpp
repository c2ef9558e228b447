#include "format/decoded_file.hpp"

#include <algorithm>
#include <filesystem>

#include "format/known_formats.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/codec/packed_shard.hpp"
#include "weightsieve/codec/seekable_zstd.hpp"

namespace weightsieve::format {
namespace {

constexpr std::string_view kZst = ".zst";
constexpr std::string_view kPacked = ".packed.safetensors";
constexpr std::string_view kPlain = ".safetensors";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr std::size_t kTailBytes = 16;

bool is_seekable_zstd(const Source& file, Bytes first_bytes) {
  const std::string_view text = as_text(first_bytes);
  if (!text.starts_with(kZstdMagic) || file.size() < kTailBytes) return false;
  return ends_like_seekable_zstd(file.cursor()->view(file.size() - kTailBytes, kTailBytes));
}

/// By either end: a damaged header would make it an ordinary file of two U8 tensors.
bool is_packed_shard(const Source& file, Bytes first_bytes) {
  if (begins_like_packed_shard(first_bytes)) return true;
  if (file.size() < kPackedTailBytes) return false;
  return ends_like_packed_shard(file.cursor()->view(file.size() - kPackedTailBytes, kPackedTailBytes));
}

}  // namespace

DecodedFile decoded(std::shared_ptr<const Source> file) {
  std::string name = plain_name(std::filesystem::path(file->path()).filename().string());
  const auto cursor = file->cursor();
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(file->size(), kFirstBytes));
  const Bytes first = cursor->view(0, length);
  if (is_packed_shard(*file, first)) {
    PackedShard shard = read_packed_shard(*file);
    name = shard.name;
    return {open_packed_shard(std::move(file), std::move(shard)), name, "packed"};
  }
  if (is_seekable_zstd(*file, first)) return {open_seekable_zstd(std::move(file)), name, "zst"};
  return {file, std::filesystem::path(file->path()).filename().string()};
}

DecodedFile open_decoded(const std::string& path, IoMode mode) { return decoded(open_source(path, mode)); }

std::string plain_name(std::string_view file_name) {
  if (file_name.ends_with(kZst)) return std::string(file_name.substr(0, file_name.size() - kZst.size()));
  if (!file_name.ends_with(kPacked)) return std::string(file_name);
  return std::string(file_name.substr(0, file_name.size() - kPacked.size())) + std::string(kPlain);
}

std::vector<std::string> encoded_names(std::string_view name) {
  std::vector<std::string> names{std::string(name) + std::string(kZst)};
  if (name.ends_with(kPlain)) name.remove_suffix(kPlain.size());
  names.push_back(std::string(name) + std::string(kPacked));
  return names;
}

}  // namespace weightsieve::format
