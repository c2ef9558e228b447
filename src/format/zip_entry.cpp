#include "format/zip_entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/checked.hpp"
#include "weightsieve/codec/deflate.hpp"

namespace weightsieve::format {
namespace {

constexpr std::uint32_t kEntrySignature = 0x02014b50;
constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kDescriptorSignature = 0x08074b50;
constexpr std::size_t kEntryBytes = 46;
constexpr std::size_t kLocalBytes = 30;
constexpr std::uint16_t kZip64Extra = 1;
constexpr std::uint16_t kZip64Version = 45;

constexpr std::uint16_t kEncrypted = 0x1;
constexpr std::uint16_t kDescriptor = 0x8;
constexpr std::uint16_t kPatch = 0x20;
constexpr std::uint16_t kStrong = 0x40;
constexpr std::uint16_t kMasked = 0x2000;
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;

/// The block of extra data with this id. `ok` is false when blocks overrun the whole, or two have the id.
struct ExtraBlock {
  bool ok = true;
  std::optional<Bytes> content = {};
};

ExtraBlock find_extra(Bytes extra, std::uint16_t wanted) {
  ExtraBlock found;
  ByteReader reader(extra);
  while (reader.remaining() > 0) {
    const auto id = reader.read<std::uint16_t>();
    const auto size = reader.read<std::uint16_t>();
    const auto content = size ? reader.take(*size) : std::nullopt;
    if (!id || !content) return {false};
    if (*id != wanted) continue;
    if (found.content) return {false};
    found.content = content;
  }
  return found;
}

}  // namespace

ZipEntryReader::ZipEntryReader(const Source& source, std::uint64_t directory_begin,
                               std::uint64_t directory_end)
    : source_(source), cursor_(source.cursor()), begin_(directory_begin), end_(directory_end) {}

ZipEntry ZipEntryReader::read(std::uint64_t at) {
  if (end_ - at < kEntryBytes) fail(rules::kZipDirectory, at, "the directory ends inside an entry");
  const Bytes fixed = cursor_->view(at, kEntryBytes);
  if (load<std::uint32_t>(fixed.data()) != kEntrySignature)
    fail(rules::kZipDirectory, at, "must be an entry of the directory");
  const std::size_t name_bytes = load<std::uint16_t>(fixed.data() + 28);
  const std::size_t extra_bytes = load<std::uint16_t>(fixed.data() + 30);
  const std::size_t all = kEntryBytes + name_bytes + extra_bytes + load<std::uint16_t>(fixed.data() + 32);
  if (end_ - at < all) fail(rules::kZipDirectory, at, "the directory ends inside an entry");

  const Bytes whole = cursor_->view(at, all);
  const std::byte* const header = whole.data();
  ZipEntry entry;
  entry.at = at;
  entry.entry_bytes = all;
  entry.version = load<std::uint16_t>(header + 6);
  entry.flags = load<std::uint16_t>(header + 8);
  entry.method = load<std::uint16_t>(header + 10);
  entry.member.crc = load<std::uint32_t>(header + 16);
  entry.member.name = as_text(whole.subspan(kEntryBytes, name_bytes));
  entry.member.deflated = entry.method == kDeflated;
  read_sizes(entry, header, whole.subspan(kEntryBytes + name_bytes, extra_bytes));
  check_kind(entry);
  check_sizes(entry);
  return entry;
}

void ZipEntryReader::read_sizes(ZipEntry& entry, const std::byte* header, Bytes extra) {
  const ExtraBlock block = find_extra(extra, kZip64Extra);
  if (!block.ok) fail(rules::kZipExtra, entry.at, "the extra data overrun their length, or hold ZIP64 twice");
  entry.is_zip64 = block.content.has_value();
  ByteReader large(block.content.value_or(Bytes()));
  const auto field = [&](std::size_t offset) {
    const std::uint64_t small = load<std::uint32_t>(header + offset);
    if (small != UINT32_MAX) return small;
    const auto value = large.read<std::uint64_t>();
    if (!value) fail(rules::kZip64, entry.at, "a size or offset is left to ZIP64 data that are not there");
    return *value;
  };
  entry.member.bytes = field(24);
  entry.member.stored_bytes = field(20);
  entry.member.header_bytes_at = field(42);
  if (large.remaining() > 0)
    fail(rules::kZip64, entry.at, "the ZIP64 data hold more than the entry leaves to them");
  if (load<std::uint16_t>(header + 34) != 0)
    fail(rules::kZipDisks, entry.at, "the member is in another part of an archive in several");
}

void ZipEntryReader::check_kind(const ZipEntry& entry) const {
  constexpr std::uint16_t unreadable = kEncrypted | kPatch | kStrong | kMasked;
  if ((entry.flags & unreadable) != 0)
    fail(
        rules::kZipFlags, entry.at,
        fmt::format("{} is encrypted or a patch (flags {:#06x})", in_quotes(entry.member.name), entry.flags));
  if (entry.method != kStored && entry.method != kDeflated)
    fail(rules::kZipMethod, entry.at,
         fmt::format("{} is compressed by method {}; 0 (stored) and 8 (deflate) are read",
                     in_quotes(entry.member.name), entry.method));
}

void ZipEntryReader::check_sizes(const ZipEntry& entry) const {
  const ZipMember& member = entry.member;
  if (!member.deflated && member.stored_bytes != member.bytes)
    fail(rules::kZipSize, entry.at,
         fmt::format("{} is stored in {} bytes but has {}", in_quotes(member.name), member.stored_bytes,
                     member.bytes));
  const auto most = checked_mul(member.stored_bytes, kMaxDeflateRatio);
  if (member.deflated && (!most || member.bytes > *most))
    fail(rules::kZipSize, entry.at,
         fmt::format("{} claims {} bytes; {} deflated ones cannot hold them", in_quotes(member.name),
                     member.bytes, member.stored_bytes));
}

void ZipEntryReader::locate(ZipEntry& entry) {
  ZipMember& member = entry.member;
  const std::uint64_t at = member.header_bytes_at;
  available(at, kLocalBytes);
  const Bytes fixed = cursor_->view(at, kLocalBytes);
  if (load<std::uint32_t>(fixed.data()) != kLocalSignature)
    fail(rules::kZipLocal, at, fmt::format("no local header of {} begins here", in_quotes(member.name)));
  const std::size_t name_bytes = load<std::uint16_t>(fixed.data() + 26);
  const std::size_t extra_bytes = load<std::uint16_t>(fixed.data() + 28);
  member.offset_bytes = available(at, kLocalBytes + name_bytes + extra_bytes);
  const Bytes whole = cursor_->view(at, kLocalBytes + name_bytes + extra_bytes);
  check_header(entry, whole.data(), as_text(whole.subspan(kLocalBytes, name_bytes)),
               whole.subspan(kLocalBytes + name_bytes));
  entry.end = available(member.offset_bytes, member.stored_bytes);
  if ((entry.flags & kDescriptor) != 0) entry.end += descriptor_bytes(entry, entry.end);
}

void ZipEntryReader::check_header(const ZipEntry& entry, const std::byte* header, std::string_view name,
                                  Bytes extra) const {
  const ZipMember& member = entry.member;
  const std::uint64_t at = member.header_bytes_at;
  const auto require = [&](bool same, const char* what) {
    if (!same)
      fail(rules::kZipLocal, at,
           fmt::format("the {} of {} is another one in the directory", what, in_quotes(member.name)));
  };
  require(name == member.name, "name");
  require(load<std::uint16_t>(header + 6) == entry.flags, "flag word");
  require(load<std::uint16_t>(header + 8) == entry.method, "method");
  // An entry behind the first 4 GiB needs a newer reader than its local header, which knows no offset.
  const bool needs_zip64 = entry.is_zip64 && entry.version == kZip64Version;
  require(needs_zip64 || load<std::uint16_t>(header + 4) == entry.version, "version");

  const ExtraBlock block = find_extra(extra, kZip64Extra);
  if (!block.ok) fail(rules::kZipExtra, at, "the extra data overrun their length, or hold ZIP64 twice");
  ByteReader large(block.content.value_or(Bytes()));
  const bool later = (entry.flags & kDescriptor) != 0;
  const auto field = [&](std::size_t offset, std::uint64_t wanted, const char* what) {
    const std::uint64_t small = load<std::uint32_t>(header + offset);
    const auto value = small == UINT32_MAX ? large.read<std::uint64_t>() : std::optional(small);
    require(value == wanted || (later && value == std::uint64_t{0}), what);
  };
  field(22, member.bytes, "size");
  field(18, member.stored_bytes, "stored size");
  const auto crc = load<std::uint32_t>(header + 14);
  require(crc == member.crc || (later && crc == 0), "checksum");
}

std::uint64_t ZipEntryReader::descriptor_bytes(const ZipEntry& entry, std::uint64_t at) {
  constexpr std::size_t most = 24;
  const Bytes bytes = cursor_->view(at, static_cast<std::size_t>(std::min<std::uint64_t>(most, begin_ - at)));
  const auto matches = [&](std::size_t size_bytes, bool signature) {
    ByteReader reader(bytes);
    if (signature && reader.read<std::uint32_t>() != kDescriptorSignature) return false;
    if (reader.read<std::uint32_t>() != entry.member.crc) return false;
    for (const std::uint64_t wanted : {entry.member.stored_bytes, entry.member.bytes}) {
      const std::optional<std::uint64_t> found =
          size_bytes == 8 ? reader.read<std::uint64_t>()
                          : std::optional<std::uint64_t>(reader.read<std::uint32_t>());
      if (found != wanted) return false;
    }
    return true;
  };
  for (const bool signature : {true, false})
    for (const std::size_t size_bytes : {std::size_t{8}, std::size_t{4}})
      if (matches(size_bytes, signature)) return (signature ? 8U : 4U) + 2 * size_bytes;
  fail(rules::kZipLocal, at,
       fmt::format("the data descriptor of {} does not agree with the directory",
                   in_quotes(entry.member.name)));
}

/// The end of `bytes` bytes from `at` on, which must lie before the directory.
std::uint64_t ZipEntryReader::available(std::uint64_t at, std::uint64_t bytes) const {
  const auto end = checked_add(at, bytes);
  if (end && *end <= begin_) return *end;
  fail(rules::kZipRange, std::min(at, source_.size()),
       fmt::format("{} bytes from {} on reach past the members' end at {}", bytes, at, begin_));
}

void ZipEntryReader::fail(const Rule& rule, std::uint64_t at, const std::string& message) const {
  reject(rule, source_.path(), at, message);
}

}  // namespace weightsieve::format
