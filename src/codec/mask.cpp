#include "codec/mask.hpp"

#include <algorithm>

#include "codec/bitmap.hpp"
#include "codec/columns.hpp"
#include "codec/gaps.hpp"
#include "codec/malformed.hpp"
#include "codec/mask_structure.hpp"
#include "codec/symbol_costs.hpp"
#include "weightsieve/codec/rules.hpp"

namespace weightsieve::codec {
namespace {

constexpr std::size_t kSampleBytes = std::size_t{16} << 10;
constexpr unsigned kMostGapBits = 16;

struct Gaps {
  MaskCoding coding;
  GapShape shape = {};
  Bytes highs = {}, lows = {};
};

// Of the rarer side.
Gaps make_gaps(const Mask& mask, MaskRooms& rooms) {
  const bool few_kept = mask.kept <= mask.units - mask.kept;
  const std::size_t count = few_kept ? mask.kept : mask.units - mask.kept;
  Gaps gaps{.coding = few_kept ? MaskCoding::gaps : MaskCoding::dropped_gaps,
            .shape = gap_shape(mask.units, count)};
  const std::size_t most = gap_bytes_bound(mask.units, count, gaps.shape);
  std::byte* const highs = rooms.gaps.reserve(most);
  std::byte* const lows = rooms.gap_lows.reserve(packed_bytes(most, gaps.shape.low_bits) + kPackSlackBytes);
  const std::size_t found = write_gaps(mask.bitmap, mask.units, !few_kept, gaps.shape, highs, lows);
  gaps.highs = {highs, found};
  gaps.lows = {lows, packed_bytes(found, gaps.shape.low_bits)};
  return gaps;
}

double estimated_bits(const Gaps& gaps) {
  const double bits = bits_a_symbol(sample_symbols(gaps.highs, kSampleBytes)) + gaps.shape.low_bits;
  return bits * static_cast<double>(gaps.highs.size());
}

void write(const Gaps& gaps, FrameWriter& writer, FrameHeader& header, ZstdCompressor& compressor) {
  header.mask = gaps.coding;
  header.gap_bits = static_cast<std::uint8_t>(gaps.shape.low_bits);
  writer.add_number(static_cast<std::uint32_t>(gaps.highs.size()));
  writer.add(gaps.highs, Effort::symbols, compressor);
  if (gaps.shape.low_bits > 0) writer.add_raw(gaps.lows);
}

Bytes bitmap_of(const Mask& mask) { return {mask.bitmap, bitmap_bytes(mask.units)}; }

void write_bitmap(const Mask& mask, double bits_a_byte, FrameWriter& writer, FrameHeader& header,
                  ZstdCompressor& compressor) {
  constexpr double kNotWorthIt = 7.96;
  header.mask = MaskCoding::bitmap;
  if (bits_a_byte > kNotWorthIt) return writer.add_raw(bitmap_of(mask));
  writer.add(bitmap_of(mask), Effort::symbols, compressor);
}

Bytes columns_of(const Mask& mask, MaskRooms& rooms) {
  std::byte* const columns = rooms.columns.reserve(bitmap_bytes(mask.units));
  to_columns(mask.bitmap, mask.units, static_cast<std::size_t>(mask.row_units), columns);
  return {columns, bitmap_bytes(mask.units)};
}

Bytes search(Bytes content, Buffer& room, ZstdCompressor& compressor) {
  const std::size_t most = zstd_frame_bound(content.size());
  std::byte* const out = room.reserve(most);
  return {out, compressor.compress(content, Effort::fast, {out, most}).value_or(most)};
}

// Searches bitmap and columns for repetition; false, with nothing written, where neither gets below `limit`.
bool write_structured(const Mask& mask, double limit, FrameWriter& writer, FrameHeader& header,
                      ZstdCompressor& compressor, MaskRooms& rooms) {
  Bytes best = search(bitmap_of(mask), rooms.trial, compressor);
  header.mask = MaskCoding::bitmap;
  if (has_columns(mask.units, mask.row_units)) {
    const Bytes turned = search(columns_of(mask, rooms), rooms.column_trial, compressor);
    if (turned.size() + sizeof(std::uint32_t) < best.size()) {
      best = turned;
      header.mask = MaskCoding::columns;
    }
  }
  if (8.0 * static_cast<double>(best.size()) >= limit) return false;
  if (header.mask == MaskCoding::columns) writer.add_number(static_cast<std::uint32_t>(mask.row_units));
  writer.add_compressed(best);
  return true;
}

void write_some(const Mask& mask, FrameWriter& writer, FrameHeader& header, ZstdCompressor& compressor,
                MaskRooms& rooms) {
  const double bits_a_byte = bits_a_symbol(sample_symbols(bitmap_of(mask), kSampleBytes));
  const double bitmap_bits = bits_a_byte * static_cast<double>(bitmap_bytes(mask.units));
  const bool few = std::min(mask.kept, mask.units - mask.kept) <= mask.units / 5;
  const Gaps gaps = few ? make_gaps(mask, rooms) : Gaps{};
  const double gap_bits = few ? estimated_bits(gaps) : bitmap_bits;
  if (is_structured(mask.bitmap, mask.units, mask.kept, mask.row_units) &&
      write_structured(mask, std::min(bitmap_bits, gap_bits), writer, header, compressor, rooms))
    return;
  if (few && gap_bits <= bitmap_bits) {
    write(gaps, writer, header, compressor);
  } else {
    write_bitmap(mask, bits_a_byte, writer, header, compressor);
  }
}

std::byte* read_columns(const FrameHeader& header, FrameReader& reader, MaskRooms& rooms) {
  const std::size_t begin = reader.position();
  const std::uint32_t row_units = reader.number();
  require(has_columns(header.units, row_units), rules::kChunkMask, begin, "rows do not fit the chunk");
  const std::size_t bytes = bitmap_bytes(header.units);
  const Bytes columns = reader.plane(bytes, rooms.columns.reserve(bytes));
  std::byte* const bitmap = rooms.bitmap.reserve(bytes);
  from_columns(columns.data(), header.units, row_units, bitmap);
  return bitmap;
}

const std::byte* read_gap_bitmap(const FrameHeader& header, FrameReader& reader, MaskRooms& rooms) {
  const std::size_t begin = reader.position();
  const bool flip = header.mask == MaskCoding::dropped_gaps;
  const std::size_t count = flip ? header.units - header.kept : header.kept;
  require(header.gap_bits <= kMostGapBits, rules::kChunkHeader, begin, "gaps have at most 16 low bits");
  const std::uint32_t highs_count = reader.number();
  const GapShape shape = gap_shape(header.units, count, header.gap_bits);
  require(highs_count <= gap_bytes_bound(header.units, count, shape), rules::kChunkMask, begin,
          "more gaps than units");
  const Bytes highs = reader.plane(highs_count, rooms.gaps.reserve(highs_count));
  Bytes lows;
  if (header.gap_bits > 0) {
    const std::size_t bytes = packed_bytes(highs_count, header.gap_bits);
    lows = reader.plane(bytes, rooms.gap_lows.reserve(bytes));
  }
  const std::size_t bytes = bitmap_bytes(header.units);
  std::byte* const bitmap = rooms.bitmap.reserve(bytes);
  clear_bitmap(bitmap, header.units, flip);
  require(read_gaps(highs.data(), highs_count, lows.data(), shape, header.units, count, flip, bitmap),
          rules::kChunkMask, begin, "gaps run past the end, or are not as many as the header says");
  return bitmap;
}

void require_counted(const FrameHeader& header, const std::byte* bitmap, std::size_t offset) {
  const std::size_t bytes = bitmap_bytes(header.units);
  const unsigned used = header.units % 8;
  require(used == 0 || std::to_integer<unsigned>(bitmap[bytes - 1]) >> used == 0, rules::kChunkMask, offset,
          "bits behind the last unit are set");
  require(pack_kernels().count_bits(bitmap, bytes) == header.kept, rules::kChunkMask, offset,
          "the mask does not mark as many units as the header says");
}

const std::byte* read_some(const FrameHeader& header, FrameReader& reader, MaskRooms& rooms) {
  const std::size_t bytes = bitmap_bytes(header.units);
  switch (header.mask) {
    case MaskCoding::columns:
      return read_columns(header, reader, rooms);
    case MaskCoding::gaps:
    case MaskCoding::dropped_gaps:
      return read_gap_bitmap(header, reader, rooms);
    default:
      return reader.plane(bytes, rooms.bitmap.reserve(bytes)).data();
  }
}

}  // namespace

void write_mask(const Mask& mask, FrameWriter& writer, FrameHeader& header, ZstdCompressor& compressor,
                MaskRooms& rooms) {
  if (mask.kept == mask.units || mask.kept == 0) {
    header.mask = mask.kept == 0 ? MaskCoding::none : MaskCoding::all;
    return;
  }
  write_some(mask, writer, header, compressor, rooms);
}

const std::byte* read_mask(const FrameHeader& header, FrameReader& reader, MaskRooms& rooms) {
  const std::size_t begin = reader.position();
  if (header.mask == MaskCoding::all || header.mask == MaskCoding::none) {
    const std::size_t kept = header.mask == MaskCoding::all ? header.units : 0;
    require(header.kept == kept, rules::kChunkMask, begin,
            "all or no units are kept, but the header says another");
    return nullptr;
  }
  require(header.kept > 0 && header.kept < header.units, rules::kChunkMask, begin,
          "some units are kept, but the header says otherwise");
  const std::byte* const bitmap = read_some(header, reader, rooms);
  require_counted(header, bitmap, begin);
  return bitmap;
}

}  // namespace weightsieve::codec
