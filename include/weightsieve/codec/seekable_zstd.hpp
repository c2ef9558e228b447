// Files in zstd's seekable format 0.1.0: ordinary zstd frames, so that the stock `zstd -d` restores them, and
// behind them a seek table in a skippable frame, so that any byte range is reached without reading the rest.
//
// Writing: plan_frames() says where frames begin, one FrameCompressor a thread makes them, they are written
// in order, and the SeekTable goes last. Reading: open_seekable_zstd() gives a Source of the restored bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve {

/// Content of a frame that plan_frames() plans, at most.
inline constexpr std::size_t kMaxPlannedFrameBytes = std::size_t{4} << 20;
/// Content of a frame that is read, at most.
inline constexpr std::size_t kMaxReadFrameBytes = std::size_t{8} << 20;

/// Where the frames of `total_bytes` begin, ascending, the first at 0; none when there are no bytes. `cuts`
/// (ascending) are where tensors begin: a frame begins at one of them wherever the next would no longer fit,
/// so that a tensor is reached by reading little else. Linear.
std::vector<std::uint64_t> plan_frames(std::uint64_t total_bytes, std::span<const std::uint64_t> cuts);

/// One frame as the seek table lists it.
struct SeekEntry {
  std::uint32_t compressed_bytes;
  std::uint32_t content_bytes;
  std::uint32_t checksum;  ///< low half of the content's XXH64
};

/// Makes frames. One a thread; reuses its buffers (two frames and what the level needs).
class FrameCompressor {
 public:
  /// `level` as in zstd, 1 to 19.
  explicit FrameCompressor(int level = 3);
  ~FrameCompressor();
  FrameCompressor(FrameCompressor&&) noexcept;
  FrameCompressor& operator=(FrameCompressor&&) noexcept;

  struct Frame {
    Bytes bytes;  ///< valid until the next call
    SeekEntry entry;
  };

  /// One frame with checksum and content size. Requires 1 to kMaxPlannedFrameBytes bytes. The same bytes for
  /// the same content, level and zstd version.
  Frame compress(Bytes content);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The skippable frame that ends the file whose frames, in order, are `entries`. Requires at most
/// kMaxSeekEntries.
std::vector<std::byte> seek_table(std::span<const SeekEntry> entries);
inline constexpr std::size_t kMaxSeekEntries = std::size_t{1} << 22;

/// Whether the last bytes of a file are those of a seek table. `tail` is its last 9 bytes at least.
bool ends_like_seekable_zstd(Bytes tail) noexcept;

/// The restored content of a seekable zstd file as a Source: size() is that of the content, view()
/// decompresses (one frame is kept a cursor) and verifies each frame's checksum. The seek table is checked
/// against the file first. Throws Error{malformed} with rule and offset in the file, now or in view().
/// Memory: 16 bytes a frame; a cursor at most two frames, and `length` where a view spans several.
std::shared_ptr<const Source> open_seekable_zstd(std::shared_ptr<const Source> file);

}  // namespace weightsieve
