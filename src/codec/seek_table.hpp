// The seek table at the end of a seekable zstd file (zstd_seekable_compression_format.md, 0.1.0), all
// little-endian:
//   1. u32 0x184D2A5E, u32 bytes that follow: a skippable frame
//   2. for each frame: u32 compressed bytes, u32 content bytes, u32 low half of the content's XXH64 with seed
//   0
//   3. u32 number of frames, u8 descriptor (bit 7: entries have checksums; bits 2 to 6 are 0), u32 0x8F92EAB1
#pragma once

#include <cstdint>
#include <vector>

#include "weightsieve/codec/seekable_zstd.hpp"

namespace weightsieve::codec {

/// The frames of a file, each with where it and its content begin; one more entry stands for their ends.
class FrameIndex {
 public:
  struct Frame {
    std::uint64_t offset_bytes;          ///< in the file
    std::uint64_t content_offset_bytes;  ///< in the restored bytes
    std::uint32_t checksum;
  };

  /// Reads and checks the seek table of a file. Throws Error{malformed}.
  FrameIndex(const Source& file, Cursor& cursor);

  std::uint64_t content_bytes() const noexcept { return frames_.back().content_offset_bytes; }
  const Frame& frame(std::size_t index) const noexcept { return frames_[index]; }
  /// Index of the frame that holds a byte of the content. Logarithmic.
  std::size_t frame_with(std::uint64_t content_offset_bytes) const noexcept;

 private:
  void add(const SeekEntry& entry, std::uint64_t entry_offset_bytes);

  std::vector<Frame> frames_;
};

}  // namespace weightsieve::codec
