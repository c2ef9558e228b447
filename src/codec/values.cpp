#include "codec/values.hpp"

#include <algorithm>

#include "codec/malformed.hpp"
#include "weightsieve/codec/rules.hpp"

namespace weightsieve::codec {
namespace {

constexpr unsigned kHighBits = 16;

void write_cut(const Values& values, const UnitCut& cut, FrameWriter& writer, ZstdCompressor& compressor,
               ValueRooms& rooms) {
  const std::size_t lows_bytes = packed_bytes(values.count, cut.low_bits + cut.sign);
  std::byte* const symbols = rooms.symbols.reserve(values.count + kPackSlackBytes);
  std::byte* const escapes = rooms.escapes.reserve(values.count * sizeof(std::uint16_t) + kPackSlackBytes);
  std::byte* const lows = writer.add_room(lows_bytes);
  const std::size_t escaped = pack_kernels().cut[width_index(values.width)](
      values.units, values.count, cut, symbols, lows, reinterpret_cast<std::uint16_t*>(escapes));
  writer.add({symbols, values.count}, Effort::symbols, compressor);
  writer.add({escapes, escaped * sizeof(std::uint16_t)}, Effort::symbols, compressor);
}

void split_plane(const Values& values, std::size_t plane, std::byte* out) noexcept {
  for (std::size_t i = 0; i < values.count; ++i)
    out[i] = values.units[i * values.width + plane];
}

void write_planes(const Values& values, FrameWriter& writer, ZstdCompressor& compressor, ValueRooms& rooms) {
  if (values.width == 1) return writer.add(values.bytes(), Effort::symbols, compressor);
  std::byte* const room = rooms.plane.reserve(values.count);
  for (std::size_t plane = 0; plane < values.width; ++plane) {
    split_plane(values, plane, room);
    writer.add({room, values.count}, Effort::symbols, compressor);
  }
}

void require_cut(const UnitCut& cut, std::size_t width) {
  const auto bits = static_cast<unsigned>(8 * width);
  const unsigned taken = cut.drop + cut.low_bits + cut.sign;
  require(taken < bits && bits - taken <= kHighBits, rules::kChunkHeader, 0,
          "low bits, sign and dropped bits leave no symbol of 1 to 16 bits");
}

// Upper parts are below 2^bits, or they would run into the sign.
void require_highs(const FrameHeader& header, Bytes symbols, Bytes escapes, std::size_t offset) {
  const unsigned bits = 8U * header.width - header.cut.drop - header.cut.low_bits - header.cut.sign;
  const std::uint32_t limit = std::uint32_t{1} << bits;
  std::uint32_t greatest = 0;
  for (std::size_t i = 0; i < escapes.size(); i += sizeof(std::uint16_t))
    greatest = std::max<std::uint32_t>(greatest, load<std::uint16_t>(escapes.data() + i));
  require(greatest < limit, rules::kChunkValues, offset, "an escaped value is too wide");
  if (header.cut.base + kEscape <= limit) return;
  std::uint8_t next = 0;  // after the greatest symbol; after kEscape comes 0
  for (const std::byte byte : symbols)
    next = std::max(next, static_cast<std::uint8_t>(std::to_integer<unsigned>(byte) + 1));
  require(header.cut.base + next <= limit, rules::kChunkValues, offset, "a symbol is too wide");
}

void read_cut(const FrameHeader& header, FrameReader& reader, std::byte* out, ValueRooms& rooms) {
  require_cut(header.cut, header.width);
  const std::size_t begin = reader.position();
  const std::size_t lows_bytes = packed_bytes(header.kept, header.cut.low_bits + header.cut.sign);
  const Bytes lows = reader.plane(lows_bytes, rooms.plane.reserve(lows_bytes));
  const Bytes symbols = reader.plane(header.kept, rooms.symbols.reserve(header.kept));
  const std::size_t escape_bytes =
      pack_kernels().count_escapes(symbols.data(), symbols.size()) * sizeof(std::uint16_t);
  std::byte* const escapes = rooms.escapes.reserve(escape_bytes + kPackSlackBytes);
  reader.plane_into({escapes, escape_bytes});
  require_highs(header, symbols, {escapes, escape_bytes}, begin);
  pack_kernels().join[width_index(header.width)](symbols.data(), lows.data(),
                                                 reinterpret_cast<const std::uint16_t*>(escapes), header.kept,
                                                 header.cut, out);
}

void read_planes(const FrameHeader& header, FrameReader& reader, std::byte* out, ValueRooms& rooms) {
  if (header.width == 1) return reader.plane_into({out, header.kept});
  std::byte* const room = rooms.plane.reserve(header.kept);
  for (std::size_t plane = 0; plane < header.width; ++plane) {
    const Bytes bytes = reader.plane(header.kept, room);
    for (std::size_t i = 0; i < header.kept; ++i)
      out[i * header.width + plane] = bytes[i];
  }
}

void read_constant(const FrameHeader& header, FrameReader& reader, std::byte* out) {
  std::uint64_t unit = 0;
  const Bytes stored = reader.plane(header.width, reinterpret_cast<std::byte*>(&unit));
  for (std::size_t i = 0; i < header.kept; ++i)
    std::memcpy(out + i * header.width, stored.data(), header.width);
}

}  // namespace

void write_values(const Values& values, const ValuePlan& plan, FrameWriter& writer, FrameHeader& header,
                  ZstdCompressor& compressor, ValueRooms& rooms) {
  header.values = plan.coding;
  header.cut = plan.cut;
  switch (plan.coding) {
    case ValueCoding::none:
      return;
    case ValueCoding::constant:
      return writer.add_raw(values.bytes().first(values.width));
    case ValueCoding::cut:
      return write_cut(values, plan.cut, writer, compressor, rooms);
    case ValueCoding::planes:
      return write_planes(values, writer, compressor, rooms);
    case ValueCoding::repeats:
      return writer.add(values.bytes(), plan.effort, compressor);
    case ValueCoding::stored:
      return writer.add_raw(values.bytes());
  }
}

void read_values(const FrameHeader& header, FrameReader& reader, std::byte* out, ValueRooms& rooms) {
  const auto needs = [&](bool holds) {
    require(holds, rules::kChunkValues, reader.position(), "the coding does not fit the number of values");
  };
  needs((header.kept == 0) == (header.values == ValueCoding::none));
  switch (header.values) {
    case ValueCoding::none:
      return;
    case ValueCoding::constant:
      return read_constant(header, reader, out);
    case ValueCoding::cut:
      return read_cut(header, reader, out, rooms);
    case ValueCoding::planes:
      return read_planes(header, reader, out, rooms);
    case ValueCoding::repeats:
    case ValueCoding::stored:
      return reader.plane_into({out, std::size_t{header.kept} * header.width});
  }
}

}  // namespace weightsieve::codec
