#include "codec/frame.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "codec/malformed.hpp"
#include "weightsieve/codec/rules.hpp"

namespace weightsieve::codec {
namespace {

constexpr std::size_t kHashBytes = 8;
constexpr std::size_t kUnitsAt = 8, kKeptAt = 12, kWidthAt = 16, kMaskAt = 17, kGapBitsAt = 18,
                      kValuesAt = 19, kLowBitsAt = 20, kDropAt = 21, kBaseAt = 22;
constexpr unsigned kSignFlag = 0x80;
constexpr unsigned kSizeBits = 28;  // of a plane's head; above them its kind

template <typename T>
void put(std::byte* out, T value) noexcept {
  std::memcpy(out, &value, sizeof value);
}

std::uint64_t hash(Bytes frame, std::uint64_t place) noexcept {
  return XXH3_64bits_withSeed(frame.data() + kHashBytes, frame.size() - kHashBytes, place);
}

bool is_constant(Bytes content) noexcept {
  return std::memcmp(content.data(), content.data() + 1, content.size() - 1) == 0;
}

}  // namespace

void seal(std::span<std::byte> frame, std::uint64_t place) noexcept { put(frame.data(), hash(frame, place)); }

FrameHeader read_header(Bytes frame, std::uint64_t place) {
  require(frame.size() >= kHeaderBytes, rules::kChunkTruncated, frame.size(), "the frame ends in its header");
  require(load<std::uint64_t>(frame.data()) == hash(frame, place), rules::kChunkHash, 0,
          "the bytes were changed, or belong to another place");
  const std::byte* data = frame.data();
  const auto byte_at = [data](std::size_t offset) { return std::to_integer<std::uint8_t>(data[offset]); };
  require(byte_at(kMaskAt) < kMaskCodings, rules::kChunkHeader, kMaskAt, "no such coding of masks");
  require(byte_at(kValuesAt) < kValueCodings, rules::kChunkHeader, kValuesAt, "no such coding of values");
  return {.units = load<std::uint32_t>(data + kUnitsAt),
          .kept = load<std::uint32_t>(data + kKeptAt),
          .width = byte_at(kWidthAt),
          .mask = static_cast<MaskCoding>(byte_at(kMaskAt)),
          .gap_bits = byte_at(kGapBitsAt),
          .values = static_cast<ValueCoding>(byte_at(kValuesAt)),
          .cut = {.drop = byte_at(kDropAt) & ~kSignFlag,
                  .low_bits = byte_at(kLowBitsAt),
                  .sign = byte_at(kDropAt) & kSignFlag ? 1U : 0U,
                  .base = load<std::uint16_t>(data + kBaseAt)}};
}

std::byte* FrameWriter::head(PlaneKind kind, std::size_t stored_bytes) {
  assert(stored_bytes < std::size_t{1} << kSizeBits && size_ + kPlaneHeadBytes + stored_bytes <= out_.size());
  put(out_.data() + size_,
      static_cast<std::uint32_t>(stored_bytes | std::size_t{static_cast<unsigned>(kind)} << kSizeBits));
  std::byte* const content = out_.data() + size_ + kPlaneHeadBytes;
  size_ += kPlaneHeadBytes + stored_bytes;
  return content;
}

std::byte* FrameWriter::add_room(std::size_t bytes) { return head(PlaneKind::raw, bytes); }

void FrameWriter::add_raw(Bytes content) {
  std::byte* const room = add_room(content.size());
  if (!content.empty()) std::memcpy(room, content.data(), content.size());
}

void FrameWriter::add_compressed(Bytes frame) {
  std::memcpy(head(PlaneKind::zstd, frame.size()), frame.data(), frame.size());
}

void FrameWriter::add_number(std::uint32_t number) {
  put(out_.data() + size_, number);
  size_ += sizeof number;
}

void FrameWriter::add(Bytes content, Effort effort, ZstdCompressor& compressor) {
  if (content.size() > 1 && is_constant(content)) {
    *head(PlaneKind::constant, 1) = content[0];
    return;
  }
  const std::size_t worth_it = content.size() - content.size() / 256;
  const auto room = out_.subspan(size_ + kPlaneHeadBytes);
  const auto size = compressor.compress(content, effort, room.first(std::min(worth_it, room.size())));
  if (size) {
    head(PlaneKind::zstd, *size);
  } else {
    add_raw(content);
  }
}

Bytes FrameWriter::finish(const FrameHeader& header, std::uint64_t place) {
  std::byte* const out = out_.data();
  put(out + kUnitsAt, header.units);
  put(out + kKeptAt, header.kept);
  put(out + kWidthAt, header.width);
  put(out + kMaskAt, header.mask);
  put(out + kGapBitsAt, header.gap_bits);
  put(out + kValuesAt, header.values);
  put(out + kLowBitsAt, static_cast<std::uint8_t>(header.cut.low_bits));
  put(out + kDropAt, static_cast<std::uint8_t>(header.cut.drop | (header.cut.sign ? kSignFlag : 0)));
  put(out + kBaseAt, static_cast<std::uint16_t>(header.cut.base));
  seal(out_.first(size_), place);
  return out_.first(size_);
}

Bytes FrameReader::take(std::size_t bytes) {
  require(bytes <= frame_.size() - position_, rules::kChunkPlane, position_, "a plane runs past the end");
  const Bytes taken = frame_.subspan(position_, bytes);
  position_ += bytes;
  return taken;
}

std::uint32_t FrameReader::number() { return load<std::uint32_t>(take(sizeof(std::uint32_t)).data()); }

Bytes FrameReader::plane(std::size_t bytes, std::byte* room) {
  const std::size_t begin = position_;
  const std::uint32_t head = number();
  const Bytes stored = take(head & ((std::uint32_t{1} << kSizeBits) - 1));
  const auto kind = static_cast<PlaneKind>(head >> kSizeBits);
  switch (kind) {
    case PlaneKind::raw:
      require(stored.size() == bytes, rules::kChunkPlane, begin, "a raw plane is not of the size needed");
      return stored;
    case PlaneKind::constant:
      require(stored.size() == 1 && bytes > 0, rules::kChunkPlane, begin, "a constant plane has one byte");
      std::memset(room, std::to_integer<int>(stored[0]), bytes);
      return {room, bytes};
    case PlaneKind::zstd:
      if (const char* fault = zstd_frame_fault(stored, bytes)) fail(rules::kChunkZstd, begin, fault);
      require(decompressor_->decompress(stored, {room, bytes}), rules::kChunkZstd, begin,
              "the zstd frame is corrupt");
      return {room, bytes};
  }
  fail(rules::kChunkPlane, begin, "no such kind of plane");
}

void FrameReader::plane_into(std::span<std::byte> out) {
  const Bytes content = plane(out.size(), out.data());
  if (content.data() != out.data() && !out.empty()) std::memcpy(out.data(), content.data(), out.size());
}

void FrameReader::finish() const {
  require(position_ == frame_.size(), rules::kChunkTrailing, position_, "bytes follow the last plane");
}

}  // namespace weightsieve::codec
