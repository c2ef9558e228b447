// A frame from the outside: its header and its planes. The numbered layout is in README.md of this folder.
#pragma once

#include <cstdint>
#include <span>

#include "codec/buffer.hpp"
#include "codec/zstd_frame.hpp"
#include "weightsieve/base/bytes.hpp"
#include "weightsieve/codec/chunk_codec.hpp"
#include "weightsieve/kernels/pack.hpp"

namespace weightsieve::codec {

enum class MaskCoding : std::uint8_t { all, none, bitmap, columns, gaps, dropped_gaps };
enum class ValueCoding : std::uint8_t { none, constant, cut, planes, repeats, stored };
inline constexpr unsigned kMaskCodings = 6;
inline constexpr unsigned kValueCodings = 6;

struct FrameHeader {
  std::uint32_t units = 0;
  std::uint32_t kept = 0;
  std::uint8_t width = 1;
  MaskCoding mask = MaskCoding::none;
  std::uint8_t gap_bits = 0;  ///< gaps: low bits of a gap that are stored as they are
  ValueCoding values = ValueCoding::none;
  UnitCut cut = {};  ///< cut alone
};

inline constexpr std::size_t kHeaderBytes = kChunkHeaderBytes;
inline constexpr std::size_t kPlaneHeadBytes = 4;
static_assert(kHeaderBytes + kPlaneHeadBytes == kChunkOverheadBytes);  // chunks that are stored as they are

/// Sets the hash of a complete frame, which is over everything behind it.
void seal(std::span<std::byte> frame, std::uint64_t place) noexcept;

/// The header of a frame whose hash fits its bytes and its place. Throws Error{malformed}.
FrameHeader read_header(Bytes frame, std::uint64_t place);

enum class PlaneKind : std::uint8_t { raw, constant, zstd };

/// Builds a frame, plane by plane, in memory of the caller's.
class FrameWriter {
 public:
  /// `out` has room for whatever is added.
  explicit FrameWriter(std::span<std::byte> out) noexcept : out_(out) {}

  /// Adds bytes as they are.
  void add_raw(Bytes content);
  /// Adds a plane of `bytes` bytes, to be filled in by the caller, with kPackSlackBytes behind it.
  std::byte* add_room(std::size_t bytes);
  /// Adds what a ZstdCompressor made.
  void add_compressed(Bytes frame);
  /// Adds a number between planes.
  void add_number(std::uint32_t number);
  /// Adds bytes in the shortest way: constant, compressed, or raw where that gains less than one in 256.
  void add(Bytes content, Effort effort, ZstdCompressor& compressor);

  std::size_t size() const noexcept { return size_; }
  /// Takes back everything that was added.
  void clear() noexcept { size_ = kHeaderBytes; }
  /// Writes the header and seals; the whole frame.
  Bytes finish(const FrameHeader& header, std::uint64_t place);

 private:
  std::byte* head(PlaneKind kind, std::size_t stored_bytes);

  std::span<std::byte> out_;
  std::size_t size_ = kHeaderBytes;
};

/// Takes a frame's planes, one after the other.
class FrameReader {
 public:
  FrameReader(Bytes frame, ZstdDecompressor& decompressor) noexcept
      : frame_(frame), decompressor_(&decompressor), position_(kHeaderBytes) {}

  /// The next plane, which must hold `bytes` bytes: a view into the frame where it is raw, else written to
  /// `room`. Throws Error{malformed}.
  Bytes plane(std::size_t bytes, std::byte* room);
  /// The same, always written to `out`.
  void plane_into(std::span<std::byte> out);
  /// A number that stands between planes.
  std::uint32_t number();

  std::size_t position() const noexcept { return position_; }
  /// Throws unless everything was taken.
  void finish() const;

 private:
  Bytes take(std::size_t bytes);

  Bytes frame_;
  ZstdDecompressor* decompressor_;
  std::size_t position_;
};

}  // namespace weightsieve::codec
