// The units of a chunk that are not zero, one after the other: in a frame whatever is smallest of
//   cut       an upper symbol of a byte each, entropy coded, and the bits below it as they are (floats)
//   planes    byte 0 of every unit, byte 1 of every unit, …, each entropy coded
//   repeats   all bytes through zstd's search for repetition
//   constant  one unit, where all are equal
//   stored    all bytes as they are
#pragma once

#include <cstdint>
#include <span>

#include "codec/buffer.hpp"
#include "codec/frame.hpp"

namespace weightsieve::codec {

/// Buffers of both ways.
struct ValueRooms {
  Buffer symbols, escapes, plane, sample, trial, histogram;
};

struct Values {
  const std::byte* units;
  std::size_t count;
  std::size_t width;
  bool floating;

  Bytes bytes() const noexcept { return {units, count * width}; }
};

/// How values are to be written, and what that is thought to cost.
struct ValuePlan {
  ValueCoding coding = ValueCoding::none;
  Effort effort = Effort::fast;  ///< repeats alone
  UnitCut cut = {};              ///< cut alone
  double bits = 0;
};

/// The plan that is smallest on a sample of the values.
ValuePlan plan_values(const Values& values, ZstdCompressor& compressor, ValueRooms& rooms);

/// Adds the planes of values; sets the header's values and cut.
void write_values(const Values& values, const ValuePlan& plan, FrameWriter& writer, FrameHeader& header,
                  ZstdCompressor& compressor, ValueRooms& rooms);

/// Takes the planes of values whose header was read, into header.kept units at `out` (with kPackSlackBytes
/// behind them where `out` is not the chunk itself). Throws Error{malformed}.
void read_values(const FrameHeader& header, FrameReader& reader, std::byte* out, ValueRooms& rooms);

}  // namespace weightsieve::codec
