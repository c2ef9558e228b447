// The dense file as one seekable zstd file, which the stock `zstd -d` restores: a frame a segment.
#include "encode/encodings.hpp"
#include "weightsieve/codec/seekable_zstd.hpp"

namespace weightsieve::encode {
namespace {

class ZstEncoder final : public SegmentEncoder {
 public:
  explicit ZstEncoder(int level) : compressor_(level) {}

  void encode(const ShardIdentity&, std::uint64_t, const Segment&, Bytes content,
              EncodedSegment& out) override {
    const FrameCompressor::Frame frame = compressor_.compress(content);
    out.bytes.assign(frame.bytes.begin(), frame.bytes.end());
    const auto* entry = reinterpret_cast<const std::byte*>(&frame.entry);
    out.entry.assign(entry, entry + sizeof(SeekEntry));
  }

 private:
  FrameCompressor compressor_;
};

class Zst final : public ShardEncoding {
 public:
  std::string file_name(std::string_view dense_name) const override {
    return std::string(dense_name) + ".zst";
  }
  std::unique_ptr<SegmentEncoder> make_encoder(int level) const override {
    return std::make_unique<ZstEncoder>(level);
  }
  std::uint64_t overhead_bytes(const ShardIdentity&, std::size_t segments) const override {
    return seek_table(std::vector<SeekEntry>(segments)).size();
  }
  void begin(PartialFile&) const override {}
  void finish(PartialFile& file, const ShardIdentity&, Bytes entries) const override {
    std::vector<SeekEntry> table;
    table.reserve(entries.size() / sizeof(SeekEntry));
    for (std::size_t at = 0; at < entries.size(); at += sizeof(SeekEntry))
      table.push_back(load<SeekEntry>(entries.data() + at));
    file.append(seek_table(table));
  }
};

}  // namespace

const ShardEncoding& zst() noexcept {
  static const Zst encoding;
  return encoding;
}

}  // namespace weightsieve::encode
