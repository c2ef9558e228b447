// Every reason for which reading a checkpoint's structure fails or warns, by a name that never changes.
//
// An Error or Problem carries the id; scripts may match on it. Rules marked "warning" become Problems, fatal
// under OpenOptions::strict. (FILE-KIND, for what is not a regular file at all, belongs to the io layer.)
#pragma once

#include <span>

#include "weightsieve/base/rule.hpp"

namespace weightsieve {
namespace rules {

// Whatever the format.
inline constexpr Rule kFormatUnknown{"FORMAT-UNKNOWN", "The first bytes are those of no known format."};
inline constexpr Rule kFormatUnsupported{"FORMAT-UNSUPPORTED",
                                         "The format is known by name, but not read by this version."};
inline constexpr Rule kNoCheckpoint{"FORMAT-NO-CHECKPOINT", "The folder holds nothing that is a checkpoint."};
inline constexpr Rule kLfsPointer{"LFS-POINTER", "The file is a Git LFS pointer; its content is elsewhere."};

// A safetensors file, in the order in which it is checked.
inline constexpr Rule kHeaderTooSmall{"ST-HEADER-TOO-SMALL",
                                      "A file begins with 8 bytes that hold the length of its header."};
inline constexpr Rule kHeaderTooLarge{"ST-HEADER-TOO-LARGE", "A header has at most 100,000,000 bytes."};
inline constexpr Rule kHeaderLength{"ST-HEADER-LENGTH", "The header ends inside the file."};
inline constexpr Rule kUtf8{"ST-UTF8", "The header is valid UTF-8."};
inline constexpr Rule kStart{"ST-START", "The header's first byte is '{' (white space before it: warning)."};
inline constexpr Rule kJson{"ST-JSON",
                            "The header is one JSON object, with nothing but white space after it."};
inline constexpr Rule kDepth{"ST-DEPTH", "The header's values nest at most 64 deep."};
inline constexpr Rule kDuplicate{"ST-DUPLICATE", "No key stands twice in one object; escapes do not count."};
inline constexpr Rule kMetadata{"ST-METADATA", "__metadata__ is an object whose values are strings."};
inline constexpr Rule kEntry{"ST-ENTRY", "Each tensor is an object with dtype, shape and data_offsets."};
inline constexpr Rule kUnknownKey{"ST-UNKNOWN-KEY",
                                  "A tensor has no key but dtype, shape and data_offsets (warning)."};
inline constexpr Rule kDtype{"ST-DTYPE", "The dtype is a string, one of the 22 of the format."};
inline constexpr Rule kShape{"ST-SHAPE", "The shape is an array of at most 64 integers from 0 to 2^64 - 1."};
inline constexpr Rule kOffsets{"ST-OFFSETS", "data_offsets is [begin, end], two integers with begin <= end."};
inline constexpr Rule kOverlap{"ST-OVERLAP", "No two tensors share a byte."};
inline constexpr Rule kHole{"ST-HOLE", "Tensors lie one after another from offset 0, without a gap."};
inline constexpr Rule kOverflow{"ST-OVERFLOW", "A tensor's elements, and its bits, number less than 2^64."};
inline constexpr Rule kMisaligned{"ST-MISALIGNED", "A tensor's elements fill whole bytes."};
inline constexpr Rule kSize{"ST-SIZE", "A tensor has the bytes that its dtype and shape need."};
inline constexpr Rule kTruncated{"ST-TRUNCATED", "Every tensor ends inside the file."};
inline constexpr Rule kTrailing{"ST-TRAILING", "The file ends with the last tensor's last byte (warning)."};

// The index of a sharded checkpoint.
inline constexpr Rule kIndexTooLarge{"INDEX-TOO-LARGE", "An index has at most 100,000,000 bytes."};
inline constexpr Rule kIndexUtf8{"INDEX-UTF8", "The index is valid UTF-8."};
inline constexpr Rule kIndexJson{"INDEX-JSON", "The index is one JSON object."};
inline constexpr Rule kIndexDepth{"INDEX-DEPTH", "The index's values nest at most 64 deep."};
inline constexpr Rule kIndexMap{"INDEX-MAP", "weight_map is an object that names a file for each tensor."};
inline constexpr Rule kIndexDuplicate{"INDEX-DUPLICATE", "No tensor stands twice in weight_map."};
inline constexpr Rule kIndexPath{"INDEX-PATH", "A shard is named by a plain file name, beside the index."};
inline constexpr Rule kIndexTensorMissing{"INDEX-TENSOR-MISSING",
                                          "A shard holds every tensor that weight_map says it holds."};
inline constexpr Rule kIndexUnlisted{"INDEX-UNLISTED",
                                     "weight_map names every tensor of the shards (warning)."};
inline constexpr Rule kIndexShadowed{"INDEX-SHADOWED",
                                     "A tensor is in one shard; of several, weight_map's counts (warning)."};
inline constexpr Rule kIndexTotalSize{"INDEX-TOTAL-SIZE",
                                      "metadata.total_size is the number of the tensors' bytes (warning)."};

// Shards, with an index or without.
inline constexpr Rule kShardMissing{"SHARD-MISSING", "Every shard is there."};
inline constexpr Rule kShardNumber{"SHARD-NUMBER",
                                   "Shards without an index are numbered from 1 to their count."};
inline constexpr Rule kShardDuplicate{"SHARD-DUPLICATE", "A tensor is in one shard only."};
inline constexpr Rule kShardSymlink{"SHARD-SYMLINK", "A shard is no symbolic link (under strict only)."};

}  // namespace rules

/// All of them, in the order above.
std::span<const Rule> all_rules() noexcept;

}  // namespace weightsieve
