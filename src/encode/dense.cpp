// The file as it is: the same header, the same order, whatever was pruned zero.
#include "encode/encodings.hpp"

namespace weightsieve::encode {
namespace {

class DenseEncoder final : public SegmentEncoder {
 public:
  void encode(const ShardIdentity&, std::uint64_t, const Segment&, Bytes content,
              EncodedSegment& out) override {
    out.bytes.assign(content.begin(), content.end());
  }
};

class Dense final : public ShardEncoding {
 public:
  std::string file_name(std::string_view dense_name) const override { return std::string(dense_name); }
  bool is_plain() const noexcept override { return true; }
  std::unique_ptr<SegmentEncoder> make_encoder(int) const override {
    return std::make_unique<DenseEncoder>();
  }
  std::uint64_t overhead_bytes(const ShardIdentity&, std::size_t) const override { return 0; }
  void begin(PartialFile&) const override {}
  void finish(PartialFile&, const ShardIdentity&, Bytes) const override {}
};

}  // namespace

const ShardEncoding& dense() noexcept {
  static const Dense encoding;
  return encoding;
}

}  // namespace weightsieve::encode
