// The decoders of what `pack` and `prune` write, and of deflated members.
#include <algorithm>

#include "codec/frame.hpp"
#include "codec/packed_layout.hpp"
#include "fuzz/seeds.hpp"
#include "fuzz/target.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/codec/chunk_codec.hpp"
#include "weightsieve/codec/deflate.hpp"
#include "weightsieve/codec/packed_shard.hpp"
#include "weightsieve/codec/seekable_zstd.hpp"

namespace weightsieve::test {
namespace {

std::vector<std::byte> bytes_in(Bytes input) { return {input.begin(), input.end()}; }

/// Two bytes that say how much is in the stream, four of its checksum, and the stream.
void read_deflated(Bytes input) {
  constexpr std::size_t head = 6;
  if (input.size() < head) return;
  const std::uint64_t claimed = load<std::uint16_t>(input.data());
  const auto source = source_of(input);
  const DeflatedRange range{head, input.size() - head, claimed, load<std::uint32_t>(input.data() + 2)};
  const auto content = open_deflated(source, range);
  require(content->size() == claimed, "the content is not as large as claimed");
  read_some(*content);
}

/// The hash in the index made right, as an attacker would: only so does a mutation get behind it.
std::vector<std::byte> with_right_index_hash(std::vector<std::byte> file) {
  constexpr std::size_t hash_from_end = 32;
  if (file.size() < kPackedHeaderBytes + codec::kTrailerBytes) return file;
  const std::byte* const trailer = file.data() + file.size() - codec::kTrailerBytes;
  const auto entries = load<std::uint64_t>(trailer + 16);
  const std::size_t name_bytes = load<std::uint32_t>(trailer + 24);
  const std::size_t room = file.size() - kPackedHeaderBytes - codec::kTrailerBytes;
  if (name_bytes > room || entries > (room - name_bytes) / codec::kEntryBytes) return file;
  const std::byte* const name = trailer - name_bytes;
  const std::byte* const begin = name - entries * codec::kEntryBytes;
  PackedShard shard;
  shard.name.assign(reinterpret_cast<const char*>(name), name_bytes);
  std::ranges::copy(load<Hash128>(trailer + 32), shard.run.begin());
  for (const std::byte* at = begin; at != name; at += codec::kEntryBytes)
    shard.entries.push_back({load<std::uint32_t>(at), load<std::uint32_t>(at + 4),
                             load<std::uint32_t>(at + 8), load<std::uint64_t>(at + 16)});
  const Hash128 hash = packed_index_hash(shard);
  std::ranges::copy(std::as_bytes(std::span(hash)), file.end() - static_cast<std::ptrdiff_t>(hash_from_end));
  return file;
}

void read_packed(Bytes input) {
  const std::vector<std::byte> file = with_right_index_hash(bytes_in(input));
  const auto source = source_of(file);
  PackedShard shard = read_packed_shard(*source);
  const auto content = open_packed_shard(source, std::move(shard));
  read_some(*content);
}

/// A byte for the width of a unit, two for how many there are, and a frame, which gets its right hash.
void read_chunk(Bytes input) {
  constexpr std::size_t head = 3;
  constexpr std::uint64_t place = 7;
  if (input.size() < head + kChunkHeaderBytes) return;
  const std::size_t width = std::size_t{1} << (std::to_integer<unsigned>(input[0]) & 3U);
  const std::size_t units = load<std::uint16_t>(input.data() + 1);
  std::vector<std::byte> frame = bytes_in(input.subspan(head));
  codec::seal(frame, place);
  std::vector<std::byte> chunk(units * width);
  static ChunkCodec decoder;
  decoder.decode(frame, {.width = width, .floating = width > 1}, place, chunk);
}

void read_zstd(Bytes input) { read_some(*open_seekable_zstd(source_of(input))); }

}  // namespace

const FuzzTarget kDeflateTarget{"deflate", read_deflated, deflate_seeds};
const FuzzTarget kPackedShardTarget{"packed_shard", read_packed, packed_shard_seeds};
const FuzzTarget kChunkTarget{"chunk", read_chunk, chunk_seeds};
const FuzzTarget kSeekableZstdTarget{"seekable_zstd", read_zstd, seekable_zstd_seeds};

}  // namespace weightsieve::test
