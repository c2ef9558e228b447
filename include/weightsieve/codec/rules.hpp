// What a packed chunk, a seekable zstd file and a deflated stretch must hold to; the id is in the Error that
// says otherwise.
#pragma once

#include <span>

#include "weightsieve/base/rule.hpp"

namespace weightsieve {
namespace rules {

// A packed chunk, in the order in which it is checked.
inline constexpr Rule kChunkTruncated{"CHUNK-TRUNCATED", "A packed chunk has a whole header."};
inline constexpr Rule kChunkHash{
    "CHUNK-HASH", "A packed chunk's hash is that of its bytes at their place: shard, tensor, chunk."};
inline constexpr Rule kChunkElements{"CHUNK-ELEMENTS",
                                     "A packed chunk holds as many elements, as wide, as its place needs."};
inline constexpr Rule kChunkHeader{"CHUNK-HEADER",
                                   "Every field of a packed chunk's header is one that writers write."};
inline constexpr Rule kChunkPlane{"CHUNK-PLANE",
                                  "Every plane lies in its chunk and has the size that is needed."};
inline constexpr Rule kChunkZstd{
    "CHUNK-ZSTD", "A compressed plane is one zstd frame, window at most 8 MiB, no dictionary."};
inline constexpr Rule kChunkMask{"CHUNK-MASK",
                                 "A mask marks as many elements as there are values, all in range."};
inline constexpr Rule kChunkValues{"CHUNK-VALUES",
                                   "The values fit their dtype, and none is missing or left over."};
inline constexpr Rule kChunkTrailing{"CHUNK-TRAILING", "A packed chunk ends with its last plane."};

// A packed shard, in the order in which it is checked.
inline constexpr Rule kPackedTrailer{"PACKED-TRAILER", "A packed shard ends with a whole trailer."};
inline constexpr Rule kPackedVersion{"PACKED-VERSION",
                                     "A packed shard's version and features are those that are known."};
inline constexpr Rule kPackedIndex{"PACKED-INDEX",
                                   "The index fills the file with its frames, and its hash is right."};
inline constexpr Rule kPackedHeader{"PACKED-HEADER",
                                    "The safetensors header is the one that follows from the index."};
inline constexpr Rule kPackedName{"PACKED-NAME", "The name of the content is a plain file name."};
inline constexpr Rule kPackedFrame{"PACKED-FRAME", "A frame is the one that the index lists."};

// A seekable zstd file.
inline constexpr Rule kSeekFooter{"ZST-FOOTER",
                                  "The file ends with the footer of a zstd seek table with checksums."};
inline constexpr Rule kSeekTable{"ZST-TABLE",
                                 "The seek table is one skippable frame of the size its entries need."};
inline constexpr Rule kSeekCover{"ZST-COVER", "The frames in the seek table fill the file up to the table."};
inline constexpr Rule kSeekFrameSize{"ZST-FRAME-SIZE", "A frame holds 1 byte to 8 MiB of content."};
inline constexpr Rule kSeekFrame{
    "ZST-FRAME", "A frame is one zstd frame with its content size, window at most 8 MiB, no dictionary."};
inline constexpr Rule kSeekChecksum{"ZST-CHECKSUM",
                                    "A frame's content has the checksum that the seek table says."};

// A deflated stretch of a file.
inline constexpr Rule kDeflate{"DEFLATE", "A deflate stream is whole and valid."};
inline constexpr Rule kDeflateSize{
    "DEFLATE-SIZE", "A deflate stream fills its stretch, and its content has the size that is stored."};
inline constexpr Rule kDeflateCrc{"DEFLATE-CRC", "A deflate stream's content has the CRC-32 that is stored."};

}  // namespace rules

/// All of the above, in order.
std::span<const Rule> codec_rules() noexcept;

}  // namespace weightsieve
