// A chunk of a tensor ↔ one self-contained frame of the `packed` encoding.
//
// A frame says which elements are not zero (by their bits, so -0 is kept) and holds those values, in
// whichever of several layouts is the smallest for this chunk. It is bit-exact for every dtype, and carries a
// hash that binds its bytes to its place in the checkpoint, so that a frame in another's place is noticed.
// The layout is drawn in src/codec/README.md.
//
// Frames are a function of the chunk, its layout and the place: the same on every instruction set and
// machine, as long as the zstd library has one version (another may compress the same bytes differently; all
// read them).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve {

/// The most elements, and the most bytes, that a chunk has.
inline constexpr std::size_t kMaxChunkUnits = std::size_t{1} << 21;
inline constexpr std::size_t kMaxChunkBytes = std::size_t{8} << 20;

/// Every frame begins with a header of so many bytes, and is at most the overhead larger than its chunk.
inline constexpr std::size_t kChunkHeaderBytes = 24;
inline constexpr std::size_t kChunkOverheadBytes = 28;

/// How a chunk's bytes are to be looked at. A frame read back needs the width it was written with; the rest
/// are hints that make it small.
struct ChunkLayout {
  std::size_t width = 1;        ///< bytes of a unit that is zero or not: 1, 2, 4 or 8
  bool floating = false;        ///< units are floats, sign first
  std::uint64_t row_units = 0;  ///< units in a row of the tensor; 0: unknown
};

/// The layout of a dtype's chunks. Packed dtypes count as bytes, C64 as two floats an element. `row_elements`
/// is the tensor's last dimension.
ChunkLayout chunk_layout(Dtype dtype, std::uint64_t row_elements = 0) noexcept;

/// A chunk's place in its checkpoint as one number, to be bound into its frame.
std::uint64_t chunk_place(std::string_view shard, std::uint64_t tensor, std::uint64_t chunk) noexcept;

/// Encodes and decodes chunks in buffers that it reuses: at most 24 MiB for chunks of 8 MiB, 12 MiB for those
/// of 4 MiB. One a thread.
class ChunkCodec {
 public:
  ChunkCodec();
  ~ChunkCodec();
  ChunkCodec(ChunkCodec&&) noexcept;
  ChunkCodec& operator=(ChunkCodec&&) noexcept;

  /// The frame of `chunk`, valid until the next call; at most kChunkOverheadBytes larger. Requires whole
  /// units, within the limits above. Throws std::bad_alloc only.
  Bytes encode(Bytes chunk, const ChunkLayout& layout, std::uint64_t place);

  /// Fills `chunk` with what the frame holds. The frame is not trusted: everything in it is checked before it
  /// is used. Throws Error{malformed} with the rule and the byte offset within the frame; `chunk` is then of
  /// unspecified content.
  void decode(Bytes frame, const ChunkLayout& layout, std::uint64_t place, std::span<std::byte> chunk);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weightsieve
