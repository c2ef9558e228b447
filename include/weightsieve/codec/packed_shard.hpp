// One file of a checkpoint as `packed` stores it: frames of ChunkCodec behind each other, an index behind
// them, all of it inside a valid safetensors file, so that any reader of that format sees two U8 tensors.
//
//   1. safetensors header, kPackedHeaderBytes with its length and padding: tensors "frames" and "index"
//   2. frames   one a stretch of the content, in order, without gaps
//   3. index    a. an entry of 24 bytes a frame (u32 frame bytes, u32 content bytes, u32 unit width, u32 0,
//                  u64 XXH3-64 of the frame's header, which holds the hash of its content)
//               b. the name of the content's file, UTF-8
//               c. 80 bytes: u64 content bytes, u64 bytes of frames, u64 entries, u32 bytes of name,
//                  u32 version = 1, u64[2] run, u64[2] XXH3-128 of the index up to here, u32 features = 0,
//                  u32 byte order mark 0x01020304, "WSPACKED"
//
// Everything is little-endian. The content is any bytes: usually a safetensors file with its header, cut
// where tensors begin. The header of 1. follows from 3. and must be it, byte for byte. Immutable values; any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve {

inline constexpr std::size_t kPackedHeaderBytes = 256;

using Hash128 = std::array<std::uint64_t, 2>;

struct PackedEntry {
  std::uint32_t frame_bytes = 0;
  std::uint32_t content_bytes = 0;
  std::uint32_t width = 1;
  std::uint64_t frame_hash = 0;
};

/// The entry of a frame that ChunkCodec made.
PackedEntry packed_entry(Bytes frame, std::uint64_t content_bytes, std::size_t width) noexcept;

/// What the index of a packed shard says.
struct PackedShard {
  std::string name;  ///< of the file whose bytes these are, without a folder
  Hash128 run{};     ///< the same for all shards of one run
  std::vector<PackedEntry> entries;

  std::uint64_t content_bytes() const noexcept;
  std::uint64_t frames_bytes() const noexcept;
};

/// What is bound into the frame number `entry` of a shard.
std::uint64_t packed_place(const Hash128& run, std::string_view name, std::uint64_t entry) noexcept;

/// Parts 1 and 3 of the file. The header can be written last, over as many bytes that were kept free.
std::vector<std::byte> packed_header(const PackedShard& shard);
std::vector<std::byte> packed_index(const PackedShard& shard);

/// What tells this index from any other: the hash in it.
Hash128 packed_index_hash(const PackedShard& shard);

/// Whether a file begins as packed shards do.
bool begins_like_packed_shard(Bytes first_bytes) noexcept;

/// Whether a file of at least these bytes ends as they do. One that only begins or only ends so is damaged.
inline constexpr std::size_t kPackedTailBytes = 8;
bool ends_like_packed_shard(Bytes last_bytes) noexcept;

/// Reads and checks the index. Throws Error{malformed} by a PACKED rule. Memory: 24 bytes a frame.
PackedShard read_packed_shard(const Source& file);

/// The content as a Source: size() is that of the content, view() decodes, and verifies every frame that it
/// touches. Throws Error{malformed} with rule and offset in the file, now or in view(). A cursor keeps the
/// frames that its last view touched.
/// `shard` is what read_packed_shard() made of the file.
std::shared_ptr<const Source> open_packed_shard(std::shared_ptr<const Source> file, PackedShard shard);

}  // namespace weightsieve
