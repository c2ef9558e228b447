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

struct WrittenGaps {
  MaskCoding coding;
  GapShape shape = {};
  Bytes highs = {}, lows = {};
};

// Of the rarer side.
WrittenGaps make_gaps(const Mask& mask, MaskRooms& rooms) {
  const bool few_kept = mask.kept <= mask.units - mask.kept;
  const std::size_t count = few_kept ? mask.kept : mask.units - mask.kept;
  WrittenGaps gaps{.coding = few_kept ? MaskCoding::gaps : MaskCoding::dropped_gaps,
                   .shape = gap_shape(mask.units, count)};
  const std::size_t most = gap_bytes_bound(mask.units, count, gaps.shape);
  std::byte* const highs = rooms.gaps.reserve(most);
  std::byte* const lows = rooms.gap_lows.reserve(packed_bytes(most, gaps.shape.low_bits) + kPackSlackBytes);
  const std::size_t found =
      pack_kernels().write_gaps(mask.bitmap, mask.units, !few_kept, gaps.shape, highs, lows);
  gaps.highs = {highs, found};
  gaps.lows = {lows, packed_bytes(found, gaps.shape.low_bits)};
  return gaps;
}

double estimated_bits(const WrittenGaps& gaps) {
  const double bits = bits_a_symbol(sample_symbols(gaps.highs, kSampleBytes)) + gaps.shape.low_bits;
  return bits * static_cast<double>(gaps.highs.size());
}

void write(const WrittenGaps& gaps, FrameWriter& writer, FrameHeader& header, ZstdCompressor& compressor) {
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
  const WrittenGaps gaps = few ? make_gaps(mask, rooms) : WrittenGaps{};
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

Gaps read_gaps(const FrameHeader& header, std::size_t count, FrameReader& reader, MaskRooms& rooms) {
  const std::size_t begin = reader.position();
  require(header.gap_bits <= kMostGapBits, rules::kChunkHeader, begin, "gaps have at most 16 low bits");
  Gaps gaps{.shape = gap_shape(header.units, count, header.gap_bits)};
  gaps.count = reader.number();
  require(gaps.count <= gap_bytes_bound(header.units, count, gaps.shape), rules::kChunkMask, begin,
          "more gaps than units");
  gaps.highs = reader.plane(gaps.count, rooms.gaps.reserve(gaps.count)).data();
  const std::size_t low_bytes = packed_bytes(gaps.count, header.gap_bits);
  if (header.gap_bits > 0) gaps.lows = reader.plane(low_bytes, rooms.gap_lows.reserve(low_bytes)).data();
  return gaps;
}

constexpr const char* kWrongGaps = "gaps run past the end, or are not as many as the header says";

std::byte* read_dropped_gaps(const FrameHeader& header, FrameReader& reader, MaskRooms& rooms) {
  const std::size_t begin = reader.position();
  const std::size_t count = header.units - header.kept;
  const Gaps gaps = read_gaps(header, count, reader, rooms);
  std::byte* const bitmap = rooms.bitmap.reserve(bitmap_bytes(header.units));
  clear_bitmap(bitmap, header.units, true);
  require(set_gaps(gaps, header.units, count, true, bitmap), rules::kChunkMask, begin, kWrongGaps);
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
    case MaskCoding::dropped_gaps:
      return read_dropped_gaps(header, reader, rooms);
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

StoredMask read_mask(const FrameHeader& header, FrameReader& reader, MaskRooms& rooms) {
  const std::size_t begin = reader.position();
  if (header.mask == MaskCoding::all || header.mask == MaskCoding::none) {
    const std::size_t kept = header.mask == MaskCoding::all ? header.units : 0;
    require(header.kept == kept, rules::kChunkMask, begin,
            "all or no units are kept, but the header says another");
    return {};
  }
  require(header.kept > 0 && header.kept < header.units, rules::kChunkMask, begin,
          "some units are kept, but the header says otherwise");
  if (header.mask == MaskCoding::gaps) return {.gaps = read_gaps(header, header.kept, reader, rooms)};
  const std::byte* const bitmap = read_some(header, reader, rooms);
  require_counted(header, bitmap, begin);
  return {.bitmap = bitmap};
}

void place_values(const FrameHeader& header, const StoredMask& mask, const std::byte* values,
                  std::span<std::byte> chunk) {
  const std::size_t width = width_index(header.width);
  if (mask.bitmap) {
    pack_kernels().expand[width](values, header.kept, mask.bitmap, header.units, chunk.data());
  } else if (header.mask == MaskCoding::gaps) {
    require(pack_kernels().scatter[width](values, header.kept, mask.gaps, header.units, chunk.data()),
            rules::kChunkMask, kHeaderBytes, kWrongGaps);
  } else if (header.mask == MaskCoding::none) {
    std::fill(chunk.begin(), chunk.end(), std::byte{0});
  }
}

}  // namespace weightsieve::codec
