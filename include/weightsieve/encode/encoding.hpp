// The ways in which a file of a checkpoint is written: dense, zst, packed.
//
// Each is a row in a table: segments are encoded by any number of SegmentEncoders, one a thread, and appended
// in order; what stands before and behind them is written at the end. A new encoding is a source file and its
// row in encodings.cpp. Encodings are immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weightsieve/codec/packed_shard.hpp"
#include "weightsieve/encode/segment.hpp"
#include "weightsieve/io/partial_file.hpp"

namespace weightsieve {

enum class Encoding : std::uint8_t { dense, zst, packed };

std::string_view to_string(Encoding encoding) noexcept;
std::optional<Encoding> encoding_from_name(std::string_view name) noexcept;

/// Which file of which run is written.
struct ShardIdentity {
  std::string name;  ///< of the dense file
  Hash128 run{};
};

struct EncodedSegment {
  std::vector<std::byte> bytes;
  std::vector<std::byte> entry;  ///< what the encoding's index keeps of it
};

class SegmentEncoder {
 public:
  virtual ~SegmentEncoder() = default;

  /// `number` counts the file's segments from 0. Reuses what `out` holds.
  virtual void encode(const ShardIdentity& shard, std::uint64_t number, const Segment& segment, Bytes content,
                      EncodedSegment& out) = 0;
};

class ShardEncoding {
 public:
  virtual ~ShardEncoding() = default;

  /// "model.safetensors" becomes "model.safetensors.zst", "model.packed.safetensors".
  virtual std::string file_name(std::string_view dense_name) const = 0;

  /// Whether a file is its content, byte for byte: every segment at its place, nothing around them.
  virtual bool is_plain() const noexcept { return false; }

  /// `level` as zstd has it; encodings without levels pass over it.
  virtual std::unique_ptr<SegmentEncoder> make_encoder(int level) const = 0;

  /// What a file has beside its encoded segments.
  virtual std::uint64_t overhead_bytes(const ShardIdentity& shard, std::size_t segments) const = 0;

  /// Begins an empty file.
  virtual void begin(PartialFile& file) const = 0;

  /// Ends a file whose segments were all appended; `entries` are theirs, joined.
  virtual void finish(PartialFile& file, const ShardIdentity& shard, Bytes entries) const = 0;
};

const ShardEncoding& shard_encoding(Encoding encoding) noexcept;

}  // namespace weightsieve
