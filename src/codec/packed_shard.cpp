#include "weightsieve/codec/packed_shard.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstring>

#include "codec/packed_layout.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/codec/chunk_codec.hpp"

namespace weightsieve {

using namespace codec;

namespace {

void append(std::vector<std::byte>& out, const void* bytes, std::size_t count) {
  if (count == 0) return;
  out.resize(out.size() + count);
  std::memcpy(out.data() + out.size() - count, bytes, count);
}

template <class T>
void append(std::vector<std::byte>& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && !std::is_same_v<T, std::string_view>);
  append(out, &value, sizeof(T));
}

void append_text(std::vector<std::byte>& out, std::string_view text) {
  append(out, text.data(), text.size());
}

Hash128 hash_of(Bytes bytes) noexcept {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

/// The index up to its hash.
std::vector<std::byte> hashed_part(const PackedShard& shard) {
  std::vector<std::byte> out;
  out.reserve(shard.entries.size() * kEntryBytes + shard.name.size() + kTrailerBytes);
  for (const PackedEntry& entry : shard.entries) {
    append(out, entry.frame_bytes);
    append(out, entry.content_bytes);
    append(out, entry.width);
    append(out, std::uint32_t{0});
    append(out, entry.frame_hash);
  }
  append_text(out, shard.name);
  append(out, shard.content_bytes());
  append(out, shard.frames_bytes());
  append(out, std::uint64_t{shard.entries.size()});
  append(out, static_cast<std::uint32_t>(shard.name.size()));
  append(out, kVersion);
  append(out, shard.run);
  return out;
}

}  // namespace

std::vector<std::byte> codec::packed_header(std::uint64_t frames_bytes, std::uint64_t index_bytes) {
  std::string text = fmt::format(
      R"({}"1"}},"frames":{{"dtype":"U8","shape":[{}],"data_offsets":[0,{}]}},"index":{{"dtype":"U8","shape":[{}],"data_offsets":[{},{}]}}}})",
      kHeaderStart, frames_bytes, frames_bytes, index_bytes, frames_bytes, frames_bytes + index_bytes);
  text.resize(kPackedHeaderBytes - sizeof(std::uint64_t), ' ');
  std::vector<std::byte> header;
  append(header, std::uint64_t{text.size()});
  append_text(header, text);
  return header;
}

PackedEntry packed_entry(Bytes frame, std::uint64_t content_bytes, std::size_t width) noexcept {
  return {static_cast<std::uint32_t>(frame.size()), static_cast<std::uint32_t>(content_bytes),
          static_cast<std::uint32_t>(width), XXH3_64bits(frame.data(), kChunkHeaderBytes)};
}

std::uint64_t PackedShard::content_bytes() const noexcept {
  std::uint64_t bytes = 0;
  for (const PackedEntry& entry : entries)
    bytes += entry.content_bytes;
  return bytes;
}

std::uint64_t PackedShard::frames_bytes() const noexcept {
  std::uint64_t bytes = 0;
  for (const PackedEntry& entry : entries)
    bytes += entry.frame_bytes;
  return bytes;
}

std::uint64_t packed_place(const Hash128& run, std::string_view name, std::uint64_t entry) noexcept {
  return chunk_place(name, run[0] ^ run[1], entry);
}

std::vector<std::byte> packed_header(const PackedShard& shard) {
  return codec::packed_header(shard.frames_bytes(),
                              shard.entries.size() * kEntryBytes + shard.name.size() + kTrailerBytes);
}

std::vector<std::byte> packed_index(const PackedShard& shard) {
  std::vector<std::byte> index = hashed_part(shard);
  append(index, hash_of(index));
  append(index, kFeatures);
  append(index, kByteOrderMark);
  append_text(index, kMagic);
  return index;
}

Hash128 packed_index_hash(const PackedShard& shard) { return hash_of(hashed_part(shard)); }

bool begins_like_packed_shard(Bytes first_bytes) noexcept {
  const std::string_view text = as_text(first_bytes);
  return text.size() > sizeof(std::uint64_t) && text.substr(sizeof(std::uint64_t)).starts_with(kHeaderStart);
}

bool ends_like_packed_shard(Bytes last_bytes) noexcept {
  static_assert(kMagic.size() == kPackedTailBytes);
  return as_text(last_bytes).ends_with(kMagic);
}

}  // namespace weightsieve
