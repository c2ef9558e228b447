// Cuts a file of a checkpoint into segments: what is read, pruned, compressed and written as one piece.
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "weightsieve/codec/chunk_codec.hpp"
#include "weightsieve/tensor/tensor_info.hpp"

namespace weightsieve {

/// The most bytes of a segment. An encoder needs several times as much; larger ones would hardly be encoded
/// smaller.
inline constexpr std::uint64_t kMaxSegmentBytes = std::uint64_t{4} << 20;
static_assert(kMaxSegmentBytes <= kMaxChunkBytes);

/// Bytes of a file that belong together: part of one tensor, several small tensors of one dtype, or what is
/// no tensor (the header).
struct Segment {
  std::uint64_t offset_bytes = 0;
  std::uint64_t bytes = 0;
  ChunkLayout layout;               ///< of the tensors' dtype; bytes where there are none
  std::size_t first_tensor = 0;     ///< index into the tensors it was planned from
  std::size_t tensors = 0;          ///< 0: no tensor's bytes
  std::uint64_t first_element = 0;  ///< of the one tensor that it is a part of
};

/// Segments that fill `file_bytes` from the first byte to the last, in order. `tensors` are those of the file
/// by offset, without overlap. A segment is at most 2^20 elements of a tensor and at most `max_bytes` (a
/// multiple of 64 KiB); tensors share one while they fit 1 MiB together. Linear.
std::vector<Segment> plan_segments(std::span<const TensorInfo> tensors, std::uint64_t file_bytes,
                                   std::uint64_t max_bytes = kMaxSegmentBytes);

}  // namespace weightsieve
