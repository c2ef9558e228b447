// Frames that are not what a writer made: none may get through, and none may do harm.
#include <xxhash.h>

#include <catch2/catch.hpp>
#include <functional>

#include "codec/chunks.hpp"
#include "codec/frame.hpp"
#include "weightsieve/base/error.hpp"
#include "weightsieve/codec/chunk_codec.hpp"
#include "weightsieve/codec/rules.hpp"

using namespace weightsieve;
using namespace weightsieve::codec;
using chunks::Chunk;

namespace {

constexpr std::uint64_t kPlace = 77;

Chunk encoded(const Chunk& chunk, const ChunkLayout& layout) {
  ChunkCodec codec;
  const Bytes frame = codec.encode(chunk, layout, kPlace);
  return {frame.begin(), frame.end()};
}

/// The rule against a frame, or "" where it is taken and gives `units` units.
std::string rule_against(const Chunk& frame, const ChunkLayout& layout, std::size_t units,
                         std::uint64_t place = kPlace) {
  static ChunkCodec codec;
  Chunk out(units * layout.width);
  try {
    codec.decode(frame, layout, place, out);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    CHECK(error.place().offset_bytes.value_or(UINT64_MAX) <= frame.size());
    return error.place().rule;
  }
  return "";
}

/// Builds frames by hand, planes and all, with a hash that fits.
class Forger {
 public:
  FrameHeader header;
  Forger& number(std::uint32_t value) { return append(&value, sizeof value); }
  Forger& plane(PlaneKind kind, const std::vector<unsigned>& content) {
    number(static_cast<std::uint32_t>(content.size()) | static_cast<std::uint32_t>(kind) << 28);
    for (const unsigned byte : content)
      planes_.push_back(static_cast<std::byte>(byte));
    return *this;
  }
  Chunk frame() const {
    Chunk room(kHeaderBytes + 64);
    FrameWriter writer(room);
    const Bytes head = writer.finish(header, kPlace);
    Chunk frame(head.begin(), head.end());
    frame.insert(frame.end(), planes_.begin(), planes_.end());
    seal(frame, kPlace);
    return frame;
  }

 private:
  Forger& append(const void* data, std::size_t bytes) {
    const auto* begin = static_cast<const std::byte*>(data);
    planes_.insert(planes_.end(), begin, begin + bytes);
    return *this;
  }

  Chunk planes_;
};

constexpr ChunkLayout kBytes{.width = 1};
constexpr ChunkLayout kHalves{.width = 2, .floating = true};

Forger bitmap_frame(std::uint32_t units, std::uint32_t kept, const std::vector<unsigned>& bitmap) {
  Forger forger;
  forger.header = {
      .units = units, .kept = kept, .width = 1, .mask = MaskCoding::bitmap, .values = ValueCoding::stored};
  forger.plane(PlaneKind::raw, bitmap);
  return forger;
}

Forger gap_frame(std::uint32_t units, std::uint32_t kept, std::uint8_t low_bits,
                 const std::vector<unsigned>& highs, const std::vector<unsigned>& lows = {}) {
  Forger forger;
  forger.header = {.units = units,
                   .kept = kept,
                   .width = 1,
                   .mask = MaskCoding::gaps,
                   .gap_bits = low_bits,
                   .values = ValueCoding::stored};
  forger.number(static_cast<std::uint32_t>(highs.size())).plane(PlaneKind::raw, highs);
  if (low_bits > 0) forger.plane(PlaneKind::raw, lows);
  return forger;
}

Forger cut_frame(const UnitCut& cut, const std::vector<unsigned>& lows, const std::vector<unsigned>& symbols,
                 const std::vector<unsigned>& escapes) {
  Forger forger;
  const auto kept = static_cast<std::uint32_t>(symbols.size());
  forger.header = {.units = kept,
                   .kept = kept,
                   .width = 2,
                   .mask = MaskCoding::all,
                   .values = ValueCoding::cut,
                   .cut = cut};
  forger.plane(PlaneKind::raw, lows).plane(PlaneKind::raw, symbols).plane(PlaneKind::raw, escapes);
  return forger;
}

std::string verdict(const Forger& forger, const ChunkLayout& layout = kBytes) {
  return rule_against(forger.frame(), layout, forger.header.units);
}

}  // namespace

TEST_CASE("Z03: every single flipped bit of a small frame is noticed") {
  for (const double sparsity : {0.0, 0.5, 0.9, 0.99}) {
    auto values = chunks::gaussian(500, 4);
    chunks::prune(values, sparsity);
    const ChunkLayout layout = chunk_layout(Dtype::BF16);
    const Chunk frame = encoded(chunks::as_dtype(values, Dtype::BF16), layout);
    REQUIRE(rule_against(frame, layout, 500).empty());
    for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
      Chunk flipped = frame;
      flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      REQUIRE(rule_against(flipped, layout, 500) == "CHUNK-HASH");
    }
  }
}

TEST_CASE("Z02, Z10: a frame that ends early or late is refused") {
  auto values = chunks::gaussian(500, 4);
  chunks::prune(values, 0.8);
  const ChunkLayout layout = chunk_layout(Dtype::F32);
  const Chunk frame = encoded(chunks::bytes_of(values), layout);
  for (std::size_t size = 0; size < frame.size(); ++size) {
    Chunk shorter(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
    REQUIRE_FALSE(rule_against(shorter, layout, 500).empty());
    if (size < kHeaderBytes) continue;
    seal(shorter, kPlace);
    REQUIRE_FALSE(rule_against(shorter, layout, 500).empty());
  }
  Chunk longer = frame;
  longer.push_back(std::byte{0});
  CHECK(rule_against(longer, layout, 500) == "CHUNK-HASH");
  seal(longer, kPlace);
  CHECK(rule_against(longer, layout, 500) == "CHUNK-TRAILING");
}

TEST_CASE("Z11: a frame in another's place is refused, though its bytes are whole") {
  const Chunk frame = encoded(chunks::bytes_of(chunks::gaussian(100, 4)), chunk_layout(Dtype::F32));
  CHECK(rule_against(frame, chunk_layout(Dtype::F32), 100, kPlace + 1) == "CHUNK-HASH");
  const std::uint64_t here = chunk_place("model-00001", 2, 3);
  CHECK(here != chunk_place("model-00002", 2, 3));
  CHECK(here != chunk_place("model-00001", 3, 3));
  CHECK(here != chunk_place("model-00001", 2, 4));
  CHECK(here != chunk_place("model-00001", 3, 2));
  CHECK(here == chunk_place("model-00001", 2, 3));
}

TEST_CASE("Z04 to Z07, Z09: a plane that is no zstd frame of the size needed is refused") {
  const auto frame_with = [](const std::vector<unsigned>& zstd) {
    Forger forger;
    forger.header = {
        .units = 100, .kept = 100, .width = 1, .mask = MaskCoding::all, .values = ValueCoding::planes};
    forger.plane(PlaneKind::zstd, zstd);
    return verdict(forger);
  };
  const std::vector<unsigned> magic{0x28, 0xB5, 0x2F, 0xFD};
  const auto with = [&](std::vector<unsigned> rest) {
    rest.insert(rest.begin(), magic.begin(), magic.end());
    return frame_with(rest);
  };
  const std::vector<unsigned> run_of_100{0x23, 0x03, 0x00, 'x'};  // a last block: 100 × 'x'
  CHECK(with({0x20, 100, 0x23, 0x03, 0x00, 'x'}).empty());
  CHECK(with({0x20, 99, 0x23, 0x03, 0x00, 'x'}) == "CHUNK-ZSTD");                  // another content size
  CHECK(with({0x20, 100, 0x2B, 0x03, 0x00, 'x'}) == "CHUNK-ZSTD");                 // 101 of them
  CHECK(with({0x20, 100, 0x1B, 0x03, 0x00, 'x'}) == "CHUNK-ZSTD");                 // 99 of them
  CHECK(with({0x20, 100, 0x22, 0x03, 0x00, 'x'}) == "CHUNK-ZSTD");                 // never the last block
  CHECK(with({0x20, 100, 0x23, 0x03, 0x00, 'x', 0}) == "CHUNK-ZSTD");              // a byte more
  CHECK(with({0x21, 7, 100, 0x23, 0x03, 0x00, 'x'}) == "CHUNK-ZSTD");              // dictionary 7
  CHECK(with({0x00, 0x00, 0x23, 0x03, 0x00, 'x'}) == "CHUNK-ZSTD");                // no content size
  CHECK(with({0x80, 0xFF, 100, 0, 0, 0, 0x23, 0x03, 0x00, 'x'}) == "CHUNK-ZSTD");  // window 3.75 TiB
  CHECK(with({0x80, 0x69, 100, 0, 0, 0, 0x23, 0x03, 0x00, 'x'}) == "CHUNK-ZSTD");  // window 9 MiB
  CHECK(with({0x80, 0x68, 100, 0, 0, 0, 0x23, 0x03, 0x00, 'x'}).empty());          // window 8 MiB
  CHECK(with({0xE0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x23, 0x03, 0x00, 'x'}) == "CHUNK-ZSTD");  // content 2^60
  CHECK(frame_with({0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0}) == "CHUNK-ZSTD");                // skippable
  CHECK(frame_with({}) == "CHUNK-ZSTD");
}

TEST_CASE("Z17, Z18: bitmaps mark as many units as there are values, and none behind the last") {
  CHECK(verdict(bitmap_frame(12, 3, {0x81, 0x01}).plane(PlaneKind::raw, {1, 2, 3})).empty());
  CHECK(verdict(bitmap_frame(12, 4, {0x81, 0x01}).plane(PlaneKind::raw, {1, 2, 3, 4})) == "CHUNK-MASK");
  CHECK(verdict(bitmap_frame(12, 2, {0x81, 0x01}).plane(PlaneKind::raw, {1, 2})) == "CHUNK-MASK");
  CHECK(verdict(bitmap_frame(12, 3, {0x81, 0x01}).plane(PlaneKind::raw, {1, 2})) == "CHUNK-PLANE");
  CHECK(verdict(bitmap_frame(12, 3, {0x81, 0x10}).plane(PlaneKind::raw, {1, 2, 3})) == "CHUNK-MASK");
  CHECK(verdict(bitmap_frame(12, 3, {0x81}).plane(PlaneKind::raw, {1, 2, 3})) == "CHUNK-PLANE");
  CHECK(verdict(bitmap_frame(12, 3, {0x81, 0x01, 0}).plane(PlaneKind::raw, {1, 2, 3})) == "CHUNK-PLANE");
  CHECK(verdict(bitmap_frame(12, 13, {0xFF, 0xFF}).plane(PlaneKind::raw, std::vector<unsigned>(13, 1))) ==
        "CHUNK-MASK");
}

TEST_CASE("Z19: gaps stay inside the chunk and are as many as values") {
  const auto three = [](const Forger& forger) { return Forger(forger).plane(PlaneKind::raw, {1, 2, 3}); };
  CHECK(verdict(three(gap_frame(100, 3, 0, {0, 10, 20}))).empty());
  CHECK(verdict(three(gap_frame(100, 3, 0, {50, 40, 7}))).empty());          // the last unit is 99
  CHECK(verdict(three(gap_frame(100, 3, 0, {50, 40, 8}))) == "CHUNK-MASK");  // 100
  CHECK(verdict(three(gap_frame(100, 3, 0, {50, 40}))) == "CHUNK-MASK");
  CHECK(verdict(three(gap_frame(100, 3, 0, {5, 4, 3, 2}))) == "CHUNK-MASK");
  CHECK(verdict(three(gap_frame(100, 3, 0, {200, 0, 0}))) == "CHUNK-MASK");  // above the limit of 165
  CHECK(verdict(three(gap_frame(100, 3, 2, {1, 2, 3}, {0x24}))).empty());
  CHECK(verdict(three(gap_frame(100, 3, 17, {0, 0, 0}, std::vector<unsigned>(7, 0)))) == "CHUNK-HEADER");
  CHECK(verdict(three(gap_frame(100, 3, 16, {90, 90, 90}, std::vector<unsigned>(6, 255)))) == "CHUNK-MASK");
}

TEST_CASE("Z20: a frame for another number or width of units is refused") {
  Forger forger = bitmap_frame(12, 3, {0x81, 0x01}).plane(PlaneKind::raw, {1, 2, 3});
  CHECK(rule_against(forger.frame(), kBytes, 13) == "CHUNK-ELEMENTS");
  CHECK(rule_against(forger.frame(), kHalves, 12) == "CHUNK-ELEMENTS");
  forger.header.units = 0xFFFF'FFFF;
  CHECK(rule_against(forger.frame(), kBytes, 12) == "CHUNK-ELEMENTS");
}

TEST_CASE("Headers that no writer writes are refused") {
  const auto changed = [](const std::function<void(FrameHeader&)>& change) {
    Forger forger = bitmap_frame(12, 3, {0x81, 0x01}).plane(PlaneKind::raw, {1, 2, 3});
    change(forger.header);
    return verdict(forger);
  };
  CHECK(changed([](FrameHeader&) {}).empty());
  CHECK(changed([](FrameHeader& h) { h.mask = static_cast<MaskCoding>(6); }) == "CHUNK-HEADER");
  CHECK(changed([](FrameHeader& h) { h.values = static_cast<ValueCoding>(6); }) == "CHUNK-HEADER");
  CHECK(changed([](FrameHeader& h) { h.mask = MaskCoding::all; }) == "CHUNK-MASK");
  CHECK(changed([](FrameHeader& h) { h.mask = MaskCoding::none; }) == "CHUNK-MASK");
  CHECK(changed([](FrameHeader& h) { h.kept = 0; }) == "CHUNK-MASK");
  CHECK(changed([](FrameHeader& h) { h.kept = 12; }) == "CHUNK-MASK");
  CHECK(changed([](FrameHeader& h) { h.kept = 0xFFFF'FFFF; }) == "CHUNK-MASK");
  CHECK(changed([](FrameHeader& h) { h.values = ValueCoding::none; }) == "CHUNK-VALUES");
  CHECK(changed([](FrameHeader& h) { h.values = ValueCoding::constant; }) == "CHUNK-PLANE");
}

TEST_CASE("Cut values fit their dtype, with an escape for each that is due") {
  const UnitCut cut{.drop = 0, .low_bits = 7, .sign = 1, .base = 100};
  CHECK(verdict(cut_frame(cut, {1, 2, 3}, {0, 50, 255}, {7, 0}), kHalves).empty());
  CHECK(verdict(cut_frame(cut, {1, 2, 3}, {0, 50, 254}, {}), kHalves) == "CHUNK-VALUES");  // 354 > 255
  CHECK(verdict(cut_frame(cut, {1, 2, 3}, {0, 50, 255}, {0, 1}), kHalves) == "CHUNK-VALUES");
  CHECK(verdict(cut_frame(cut, {1, 2, 3}, {0, 50, 255}, {}), kHalves) == "CHUNK-PLANE");
  CHECK(verdict(cut_frame(cut, {1, 2, 3}, {0, 50, 60}, {7, 0}), kHalves) == "CHUNK-PLANE");
  CHECK(verdict(cut_frame(cut, {1, 2}, {0, 50, 60}, {}), kHalves) == "CHUNK-PLANE");
  for (const UnitCut wrong :
       {UnitCut{.drop = 9, .low_bits = 7}, UnitCut{.low_bits = 16}, UnitCut{.low_bits = 255},
        UnitCut{.drop = 127}, UnitCut{.low_bits = 15, .sign = 1}})
    CHECK(verdict(cut_frame(wrong, {1, 2, 3}, {0, 50, 60}, {}), kHalves) == "CHUNK-HEADER");
}

TEST_CASE("Mutated frames with hashes that fit are refused or decoded, without harm") {
  std::mt19937_64 random(11);
  for (const Dtype dtype : {Dtype::U8, Dtype::BF16, Dtype::F32, Dtype::F64}) {
    for (const double sparsity : {0.0, 0.3, 0.9, 0.99}) {
      auto values = chunks::gaussian(3000, 12);
      chunks::prune(values, sparsity);
      const ChunkLayout layout = chunk_layout(dtype, 40);
      Chunk chunk = chunks::as_dtype(values, dtype);
      chunk.resize(chunk.size() / layout.width * layout.width);
      const std::size_t units = chunk.size() / layout.width;
      const Chunk frame = encoded(chunk, layout);
      for (int round = 0; round < 300; ++round) {
        Chunk mutated = frame;
        for (std::uint64_t edits = 1 + random() % 3; edits > 0; --edits) {
          const std::size_t at = 8 + random() % (random() % 2 ? mutated.size() - 8 : 40);
          mutated[at] = static_cast<std::byte>(random() % 2 ? random() : random() % 3 - 1);
        }
        if (random() % 4 == 0) mutated.resize(kHeaderBytes + random() % (mutated.size() - kHeaderBytes));
        seal(mutated, kPlace);
        rule_against(mutated, layout, units);
      }
    }
  }
}
