// Which units of a chunk are not zero: a bitmap in memory, in a frame whatever is smallest of
//   bitmap        a bit a unit, least significant first
//   columns       the bitmap of the chunk seen as rows: a byte holds one column of eight rows (structured
//   masks) gaps          the distances between kept units, where few are kept dropped_gaps  the distances
//   between zeros, where few are zero
// all and none need no bytes. Bits past the last unit are clear.
#pragma once

#include <cstdint>
#include <span>

#include "codec/buffer.hpp"
#include "codec/frame.hpp"

namespace weightsieve::codec {

/// Buffers of both ways.
struct MaskRooms {
  Buffer bitmap, columns, gaps, gap_lows, trial, column_trial;
};

struct Mask {
  const std::byte* bitmap;
  std::size_t units;
  std::size_t kept;
  std::uint64_t row_units;  ///< 0: unknown
};

/// Adds the planes of a mask; sets the header's mask and gap_bits.
void write_mask(const Mask& mask, FrameWriter& writer, FrameHeader& header, ZstdCompressor& compressor,
                MaskRooms& rooms);

/// The mask of a frame: a bitmap or gaps, into the frame or into the rooms.
struct StoredMask {
  const std::byte* bitmap = nullptr;  ///< marks header.kept of header.units
  Gaps gaps = {};                     ///< of `gaps` alone, not looked at yet
};

/// Takes the planes of a mask whose header was read. Throws Error{malformed}.
StoredMask read_mask(const FrameHeader& header, FrameReader& reader, MaskRooms& rooms);

/// Puts the kept values, with kPackSlackBytes behind them, into the units that the mask marks and zero into
/// the others. Throws Error{malformed} where gaps turn out wrong.
void place_values(const FrameHeader& header, const StoredMask& mask, const std::byte* values,
                  std::span<std::byte> chunk);

}  // namespace weightsieve::codec
