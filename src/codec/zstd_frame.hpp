// zstd as the codec uses it: single frames of known content size, made with fixed parameters, read with
// suspicion. RFC 8878.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "weightsieve/base/bytes.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace weightsieve::codec {

inline constexpr std::uint64_t kMaxWindowBytes = std::uint64_t{1} << 23;

/// What a zstd frame's header says (RFC 8878, 3.1.1.1).
struct ZstdFrameHeader {
  std::optional<std::uint64_t> content_bytes = {};
  std::uint64_t window_bytes = 0;
  bool has_dictionary = false;
  bool has_checksum = false;
};

/// Nothing when `bytes` do not begin with a zstd frame's header.
std::optional<ZstdFrameHeader> parse_zstd_header(Bytes bytes) noexcept;

/// What is wrong with `frame` as one whole zstd frame of `content_bytes` bytes, before it is decompressed;
/// null when nothing is. Only the headers of frame and blocks are looked at.
const char* zstd_frame_fault(Bytes frame, std::uint64_t content_bytes) noexcept;

/// Upper limit of a frame of `content_bytes` bytes.
std::size_t zstd_frame_bound(std::size_t content_bytes) noexcept;

/// What to look for in the content.
enum class Effort : std::uint8_t {
  symbols,  ///< frequencies of bytes, hardly any repetition: zstd as a Huffman coder
  fast,     ///< level 1
  thorough  ///< level 3
};

class ZstdCompressor {
 public:
  ZstdCompressor();

  /// The frame's size, or nothing when it would not fit `out`.
  std::optional<std::size_t> compress(Bytes content, Effort effort, std::span<std::byte> out);
  /// The same at a zstd level, with a checksum.
  std::optional<std::size_t> compress(Bytes content, int level, std::span<std::byte> out);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const noexcept;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

class ZstdDecompressor {
 public:
  ZstdDecompressor();

  /// Fills `content` with that of one frame; false when the frame is corrupt or of another size. Requires
  /// that zstd_frame_fault() found nothing.
  bool decompress(Bytes frame, std::span<std::byte> content) noexcept;

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const noexcept;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace weightsieve::codec
