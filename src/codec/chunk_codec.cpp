#include "weightsieve/codec/chunk_codec.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

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
  void decode(Bytes bytes, const ChunkLayout& layout, std::uint64_t place, std::span<std::byte> chunk);

 private:
  Values keep(const Values& all, std::byte* bitmap);
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

/// Fills the bitmap; the units that are kept. In pieces, which are still in the CPU's cache when they are
/// read for the second time. Where next to none is zero, all are kept: then none has to be moved, now or when
/// the chunk is restored, and a zero costs two bytes more than in a mask.
Values ChunkCodec::State::keep(const Values& all, std::byte* bitmap) {
  constexpr std::size_t kPiece = std::size_t{1} << 14;
  constexpr std::size_t kNextToNone = 4096;
  const std::size_t width = width_index(all.width);
  const PackTable& kernels = pack_kernels();
  std::byte* const room = kept.reserve(all.bytes().size() + kPackSlackBytes);
  std::size_t found = 0, moved = 0, seen = 0;
  for (std::size_t first = 0; first < all.count; first += kPiece) {
    const std::size_t end = std::min(first + kPiece, all.count);
    found += kernels.mark[width](all.units + first * all.width, end - first, bitmap + first / 8);
    if (end - found <= all.count / kNextToNone) continue;
    moved += kernels.compact[width](all.units + seen * all.width, end - seen, bitmap + seen / 8,
                                    room + moved * all.width);
    seen = end;
  }
  if (seen == 0) return all;
  return {room, moved, all.width, all.floating};
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
  const Values kept_values = keep(all, bitmap);
  const Mask marked{bitmap, all.count, kept_values.count, layout.row_units};
  const std::size_t room = frame_room(chunk.size(), all.count);
  FrameWriter writer({frame.reserve(room), room});
  FrameHeader header = make_header(all, kept_values.count);
  write(all, kept_values, marked, writer, header);
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
