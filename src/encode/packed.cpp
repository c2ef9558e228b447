// The smallest: a packed shard (codec/packed_shard.hpp), a frame a segment.
#include "encode/encodings.hpp"

namespace weightsieve::encode {
namespace {

constexpr std::string_view kDenseEnding = ".safetensors";
constexpr std::string_view kPackedEnding = ".packed.safetensors";

class PackedEncoder final : public SegmentEncoder {
 public:
  void encode(const ShardIdentity& shard, std::uint64_t number, const Segment& segment, Bytes content,
              EncodedSegment& out) override {
    const std::uint64_t place = packed_place(shard.run, shard.name, number);
    const Bytes frame = codec_.encode(content, segment.layout, place);
    out.bytes.assign(frame.begin(), frame.end());
    const PackedEntry packed = packed_entry(frame, content.size(), segment.layout.width);
    const auto* entry = reinterpret_cast<const std::byte*>(&packed);
    out.entry.assign(entry, entry + sizeof(PackedEntry));
  }

 private:
  ChunkCodec codec_;
};

class Packed final : public ShardEncoding {
 public:
  std::string file_name(std::string_view dense_name) const override {
    if (dense_name.ends_with(kDenseEnding)) dense_name.remove_suffix(kDenseEnding.size());
    return std::string(dense_name) + std::string(kPackedEnding);
  }
  std::unique_ptr<SegmentEncoder> make_encoder(int) const override {
    return std::make_unique<PackedEncoder>();
  }

  std::uint64_t overhead_bytes(const ShardIdentity& identity, std::size_t segments) const override {
    const PackedShard shard{identity.name, identity.run, std::vector<PackedEntry>(segments)};
    return kPackedHeaderBytes + packed_index(shard).size();
  }

  void begin(PartialFile& file) const override { file.append(std::vector<std::byte>(kPackedHeaderBytes)); }

  void finish(PartialFile& file, const ShardIdentity& identity, Bytes entries) const override {
    PackedShard shard{identity.name, identity.run, {}};
    shard.entries.reserve(entries.size() / sizeof(PackedEntry));
    for (std::size_t at = 0; at < entries.size(); at += sizeof(PackedEntry))
      shard.entries.push_back(load<PackedEntry>(entries.data() + at));
    file.append(packed_index(shard));
    file.write_at(0, packed_header(shard));
  }
};

}  // namespace

const ShardEncoding& packed() noexcept {
  static const Packed encoding;
  return encoding;
}

}  // namespace weightsieve::encode
