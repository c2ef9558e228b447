#include "weightsieve/codec/chunk_codec.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "codec/bitmap.hpp"
#include "codec/malformed.hpp"
#include "codec/mask.hpp"
#include "codec/values.hpp"
#include "weightsieve/codec/rules.hpp"

namespace weightsieve {

using namespace codec;

ChunkLayout chunk_layout(Dtype dtype, std::uint64_t row_elements) noexcept {
  const DtypeInfo& info = dtype_info(dtype);
  if (dtype == Dtype::C64) return {.width = 4, .floating = true, .row_units = 2 * row_elements};
  if (info.bits < 8) return {.width = 1, .floating = false, .row_units = row_elements * info.bits / 8};
  return {.width = info.bits / 8, .floating = info.kind == ValueKind::floating, .row_units = row_elements};
}

std::uint64_t chunk_place(std::string_view shard, std::uint64_t tensor, std::uint64_t chunk) noexcept {
  const std::array<std::uint64_t, 3> parts{XXH3_64bits(shard.data(), shard.size()), tensor, chunk};
  return XXH3_64bits(parts.data(), sizeof parts);
}

struct ChunkCodec::State {
  Buffer frame, kept;
  MaskRooms mask;
  ValueRooms values;
  ZstdCompressor compressor;
  ZstdDecompressor decompressor;

  Bytes encode(Bytes chunk, const ChunkLayout& layout, std::uint64_t place);
  void decode(Bytes frame, const ChunkLayout& layout, std::uint64_t place, std::span<std::byte> chunk);

 private:
  Values keep(Bytes chunk, const ChunkLayout& layout, const Mask& marked);
  void write(const Values& all, const Values& kept_values, const Mask& marked, FrameWriter& writer,
             FrameHeader& header);
};

namespace {

// Enough for any mask and any plan, which are given up only once written.
std::size_t frame_room(std::size_t bytes, std::size_t units) noexcept {
  constexpr std::size_t kSpare = std::size_t{64} << 10;
  return bytes + bytes / 8 + 3 * units + kSpare;
}

FrameHeader make_header(const Values& all, std::size_t kept) noexcept {
  return {.units = static_cast<std::uint32_t>(all.count),
          .kept = static_cast<std::uint32_t>(kept),
          .width = static_cast<std::uint8_t>(all.width)};
}

void store_all(const Values& all, FrameWriter& writer, FrameHeader& header) {
  writer.clear();
  header = make_header(all, all.count);
  header.mask = MaskCoding::all;
  header.values = ValueCoding::stored;
  writer.add_raw(all.bytes());
}

}  // namespace

Values ChunkCodec::State::keep(Bytes chunk, const ChunkLayout& layout, const Mask& marked) {
  if (marked.kept == marked.units) return {chunk.data(), marked.units, layout.width, layout.floating};
  std::byte* const room = kept.reserve(marked.kept * layout.width + kPackSlackBytes);
  pack_kernels().compact[width_index(layout.width)](chunk.data(), marked.units, marked.bitmap, room);
  return {room, marked.kept, layout.width, layout.floating};
}

void ChunkCodec::State::write(const Values& all, const Values& kept_values, const Mask& marked,
                              FrameWriter& writer, FrameHeader& header) {
  write_mask(marked, writer, header, compressor, mask);
  const std::size_t mask_bytes = writer.size() - kHeaderBytes;
  ValuePlan plan = plan_values(kept_values, compressor, values);
  const bool has_mask = header.mask != MaskCoding::all && header.mask != MaskCoding::none;
  const bool zeros_may_belong = plan.coding == ValueCoding::planes || plan.coding == ValueCoding::repeats;
  if (has_mask && zeros_may_belong) {
    constexpr double kClearly = 1.03;  // what a sample promises is not always kept
    const ValuePlan with_zeros = plan_values(all, compressor, values);
    const double with_mask = plan.bits + 8.0 * static_cast<double>(mask_bytes);
    if (with_zeros.coding != ValueCoding::cut && with_zeros.bits * kClearly < with_mask) {
      writer.clear();
      header = make_header(all, all.count);
      header.mask = MaskCoding::all;
      return write_values(all, with_zeros, writer, header, compressor, values);
    }
  }
  write_values(kept_values, plan, writer, header, compressor, values);
}

Bytes ChunkCodec::State::encode(Bytes chunk, const ChunkLayout& layout, std::uint64_t place) {
  const Values all{chunk.data(), chunk.size() / layout.width, layout.width, layout.floating};
  assert(chunk.size() % layout.width == 0 && all.count <= kMaxChunkUnits && chunk.size() <= kMaxChunkBytes);
  std::byte* const bitmap = mask.bitmap.reserve(bitmap_bytes(all.count) + kPackSlackBytes);
  const std::size_t kept_count =
      pack_kernels().mark[width_index(layout.width)](chunk.data(), all.count, bitmap);
  const Mask marked{bitmap, all.count, kept_count, layout.row_units};
  const std::size_t room = frame_room(chunk.size(), all.count);
  FrameWriter writer({frame.reserve(room), room});
  FrameHeader header = make_header(all, kept_count);
  write(all, keep(chunk, layout, marked), marked, writer, header);
  if (writer.size() > chunk.size() + kChunkOverheadBytes) store_all(all, writer, header);
  return writer.finish(header, place);
}

void ChunkCodec::State::decode(Bytes bytes, const ChunkLayout& layout, std::uint64_t place,
                               std::span<std::byte> chunk) {
  const FrameHeader header = read_header(bytes, place);
  const std::size_t units = chunk.size() / layout.width;
  require(header.width == layout.width && header.units == units, rules::kChunkElements, 0,
          "the chunk is not of the width and the size that are needed");
  FrameReader reader(bytes, decompressor);
  const StoredMask stored = read_mask(header, reader, mask);
  const bool all = header.mask == MaskCoding::all;
  std::byte* const out =
      all ? chunk.data() : kept.reserve(std::size_t{header.kept} * header.width + kPackSlackBytes);
  read_values(header, reader, out, values);
  reader.finish();
  place_values(header, stored, out, chunk);
}

ChunkCodec::ChunkCodec() : state_(std::make_unique<State>()) {}
ChunkCodec::~ChunkCodec() = default;
ChunkCodec::ChunkCodec(ChunkCodec&&) noexcept = default;
ChunkCodec& ChunkCodec::operator=(ChunkCodec&&) noexcept = default;

Bytes ChunkCodec::encode(Bytes chunk, const ChunkLayout& layout, std::uint64_t place) {
  return state_->encode(chunk, layout, place);
}

void ChunkCodec::decode(Bytes frame, const ChunkLayout& layout, std::uint64_t place,
                        std::span<std::byte> chunk) {
  state_->decode(frame, layout, place, chunk);
}

}  // namespace weightsieve
