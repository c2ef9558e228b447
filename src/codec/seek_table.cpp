#include "codec/seek_table.hpp"

#include <algorithm>
#include <cassert>

#include "codec/malformed.hpp"
#include "weightsieve/codec/rules.hpp"

namespace weightsieve {
namespace {

constexpr std::uint32_t kSkippableMagic = 0x184D2A5E;
constexpr std::uint32_t kFooterMagic = 0x8F92EAB1;
constexpr std::uint8_t kWithChecksums = 0x80;
constexpr std::size_t kHeadBytes = 8, kEntryBytes = 12, kFooterBytes = 9;

struct Footer {
  std::uint32_t frames;
  std::uint8_t descriptor;
  std::uint32_t magic;
};

// Of at least kFooterBytes bytes, the last ones.
Footer footer_of(Bytes tail) noexcept {
  const std::byte* const begin = tail.data() + tail.size() - kFooterBytes;
  return {load<std::uint32_t>(begin), load<std::uint8_t>(begin + 4), load<std::uint32_t>(begin + 5)};
}

class ByteWriter {
 public:
  explicit ByteWriter(std::byte* out) noexcept : out_(out) {}

  template <typename T>
  void put(T value) noexcept {
    std::memcpy(out_, &value, sizeof value);
    out_ += sizeof value;
  }

 private:
  std::byte* out_;
};

}  // namespace

std::vector<std::byte> seek_table(std::span<const SeekEntry> entries) {
  assert(entries.size() <= kMaxSeekEntries);
  std::vector<std::byte> table(kHeadBytes + entries.size() * kEntryBytes + kFooterBytes);
  ByteWriter writer(table.data());
  writer.put(kSkippableMagic);
  writer.put(static_cast<std::uint32_t>(table.size() - kHeadBytes));
  for (const SeekEntry& entry : entries) {
    writer.put(entry.compressed_bytes);
    writer.put(entry.content_bytes);
    writer.put(entry.checksum);
  }
  writer.put(static_cast<std::uint32_t>(entries.size()));
  writer.put(kWithChecksums);
  writer.put(kFooterMagic);
  return table;
}

bool ends_like_seekable_zstd(Bytes tail) noexcept {
  return tail.size() >= kFooterBytes && footer_of(tail).magic == kFooterMagic;
}

namespace codec {
namespace {

// Where the seek table begins, and how many frames it lists.
struct TablePlace {
  std::uint64_t offset_bytes;
  std::size_t frames;
};

TablePlace find_table(const Source& file, Cursor& cursor) {
  const std::uint64_t size = file.size();
  require(size >= kHeadBytes + kFooterBytes, rules::kSeekFooter, 0, "the file is too small for a seek table");
  const std::uint64_t footer_at = size - kFooterBytes;
  const Footer footer = footer_of(cursor.view(footer_at, kFooterBytes));
  require(footer.magic == kFooterMagic, rules::kSeekFooter, footer_at, "no zstd seek table ends the file");
  require(footer.descriptor == kWithChecksums, rules::kSeekFooter, footer_at,
          "the seek table has no checksums, or bits that writers leave clear are set");
  require(footer.frames >= 1 && footer.frames <= kMaxSeekEntries, rules::kSeekTable, footer_at,
          "a seek table lists 1 to 4,194,304 frames");
  const std::uint64_t bytes = kHeadBytes + footer.frames * std::uint64_t{kEntryBytes} + kFooterBytes;
  require(bytes <= size, rules::kSeekTable, footer_at, "the seek table is larger than the file");
  const Bytes head = cursor.view(size - bytes, kHeadBytes);
  require(load<std::uint32_t>(head.data()) == kSkippableMagic &&
              load<std::uint32_t>(head.data() + 4) == bytes - kHeadBytes,
          rules::kSeekTable, size - bytes,
          "the seek table is not a skippable frame of the size its entries need");
  return {size - bytes, footer.frames};
}

}  // namespace

FrameIndex::FrameIndex(const Source& file, Cursor& cursor) {
  constexpr std::size_t kEntriesAtOnce = std::size_t{1} << 16;
  const TablePlace table = find_table(file, cursor);
  frames_.reserve(table.frames + 1);
  frames_.push_back({});
  for (std::size_t first = 0; first < table.frames; first += kEntriesAtOnce) {
    const std::size_t count = std::min(kEntriesAtOnce, table.frames - first);
    const std::uint64_t offset = table.offset_bytes + kHeadBytes + first * kEntryBytes;
    const Bytes entries = cursor.view(offset, count * kEntryBytes);
    for (std::size_t i = 0; i < count; ++i) {
      const std::byte* const entry = entries.data() + i * kEntryBytes;
      add({load<std::uint32_t>(entry), load<std::uint32_t>(entry + 4), load<std::uint32_t>(entry + 8)},
          offset + i * kEntryBytes);
    }
  }
  require(frames_.back().offset_bytes == table.offset_bytes, rules::kSeekCover, table.offset_bytes,
          "the frames in the seek table do not end where it begins");
}

// Sums stay far below 2^64: 2^22 entries of 32 bits.
void FrameIndex::add(const SeekEntry& entry, std::uint64_t entry_offset_bytes) {
  require(entry.content_bytes >= 1 && entry.content_bytes <= kMaxReadFrameBytes, rules::kSeekFrameSize,
          entry_offset_bytes, "a frame holds 1 byte to 8 MiB of content");
  Frame& frame = frames_.back();
  frame.checksum = entry.checksum;
  frames_.push_back(
      {frame.offset_bytes + entry.compressed_bytes, frame.content_offset_bytes + entry.content_bytes, 0});
}

std::size_t FrameIndex::frame_with(std::uint64_t content_offset_bytes) const noexcept {
  const auto after = std::upper_bound(
      frames_.begin(), frames_.end(), content_offset_bytes,
      [](std::uint64_t offset, const Frame& frame) { return offset < frame.content_offset_bytes; });
  return static_cast<std::size_t>(after - frames_.begin()) - 1;
}

}  // namespace codec
}  // namespace weightsieve
