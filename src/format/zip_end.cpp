#include "format/zip_end.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "format/problem_log.hpp"
#include "format/zip_archive.hpp"
#include "weightsieve/base/checked.hpp"

namespace weightsieve::format {
namespace {

constexpr std::uint32_t kMemberSignature = 0x04034b50;
constexpr std::uint32_t kEntrySignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kLocatorSignature = 0x07064b50;
constexpr std::uint32_t kZip64Signature = 0x06064b50;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kZip64Bytes = 56;
constexpr std::size_t kMaxCommentBytes = 65'535;

/// The end record, which both of its forms fill.
struct EndRecord {
  std::uint64_t disk = 0;
  std::uint64_t directory_disk = 0;
  std::uint64_t entries_here = 0;
  ZipDirectory directory;
};

EndRecord parse_end(const std::byte* at) {
  return {load<std::uint16_t>(at + 4),
          load<std::uint16_t>(at + 6),
          load<std::uint16_t>(at + 8),
          {load<std::uint32_t>(at + 16), load<std::uint32_t>(at + 12), load<std::uint16_t>(at + 10)}};
}

EndRecord parse_zip64(const std::byte* at) {
  return {load<std::uint32_t>(at + 16),
          load<std::uint32_t>(at + 20),
          load<std::uint64_t>(at + 24),
          {load<std::uint64_t>(at + 48), load<std::uint64_t>(at + 40), load<std::uint64_t>(at + 32)}};
}

class EndReader {
 public:
  explicit EndReader(const Source& source) : source_(source), cursor_(source.cursor()) {}

  ZipDirectory read() {
    const std::uint64_t end_at = find_end();
    const EndRecord small = parse_end(cursor_->view(end_at, kEndBytes).data());
    const auto zip64_at = find_zip64(end_at);
    EndRecord end = small;
    if (zip64_at) {
      end = parse_zip64(cursor_->view(*zip64_at, kZip64Bytes).data());
      check_agreement(small, end, end_at);
    } else if (small.directory.offset_bytes == UINT32_MAX || small.directory.bytes == UINT32_MAX) {
      fail(rules::kZip64, end_at, "points to a ZIP64 end record that is not there");
    }
    check(end, zip64_at.value_or(end_at));
    return end.directory;
  }

 private:
  /// The one end record whose comment ends with the file.
  std::uint64_t find_end() {
    const auto length =
        static_cast<std::size_t>(std::min<std::uint64_t>(source_.size(), kEndBytes + kMaxCommentBytes));
    const std::uint64_t begin = source_.size() - length;
    const Bytes tail = cursor_->view(begin, length);
    std::optional<std::size_t> found;
    for (std::size_t at = 0; at + kEndBytes <= length; ++at) {
      if (load<std::uint32_t>(tail.data() + at) != kEndSignature) continue;
      if (at + kEndBytes + load<std::uint16_t>(tail.data() + at + 20) != length) continue;
      if (found) fail(rules::kZipEnd, begin + at, "is a second end record whose comment ends with the file");
      found = at;
    }
    if (!found)
      fail(rules::kZipEnd, source_.size(), "the archive has no end record: it is cut short, or no archive");
    return begin + *found;
  }

  std::optional<std::uint64_t> find_zip64(std::uint64_t end_at) {
    if (end_at < kLocatorBytes) return std::nullopt;
    const std::uint64_t locator_at = end_at - kLocatorBytes;
    const Bytes locator = cursor_->view(locator_at, kLocatorBytes);
    if (load<std::uint32_t>(locator.data()) != kLocatorSignature) return std::nullopt;
    const auto at = load<std::uint64_t>(locator.data() + 8);
    const bool one_disk =
        load<std::uint32_t>(locator.data() + 4) == 0 && load<std::uint32_t>(locator.data() + 16) <= 1;
    if (!one_disk) fail(rules::kZipDisks, locator_at, "is one part of an archive in several");
    if (locator_at < kZip64Bytes || at != locator_at - kZip64Bytes)
      fail(rules::kZip64, locator_at,
           fmt::format("places the ZIP64 end record at {}, not before itself", at));
    const Bytes record = cursor_->view(at, kZip64Bytes);
    if (load<std::uint32_t>(record.data()) != kZip64Signature ||
        load<std::uint64_t>(record.data() + 4) != kZip64Bytes - 12)
      fail(rules::kZip64, at, "is no ZIP64 end record of 56 bytes");
    return at;
  }

  /// A field of the old record says that it is too small for the number, or the same number.
  void check_agreement(const EndRecord& small, const EndRecord& large, std::uint64_t at) const {
    const auto agree = [](std::uint64_t a, std::uint64_t b, std::uint64_t most) {
      return a == b || a == most;
    };
    const bool same = agree(small.directory.offset_bytes, large.directory.offset_bytes, UINT32_MAX) &&
                      agree(small.directory.bytes, large.directory.bytes, UINT32_MAX) &&
                      agree(small.directory.entries, large.directory.entries, UINT16_MAX) &&
                      agree(small.entries_here, large.entries_here, UINT16_MAX) &&
                      agree(small.disk, large.disk, UINT16_MAX) &&
                      agree(small.directory_disk, large.directory_disk, UINT16_MAX);
    if (!same) fail(rules::kZip64, at, "the end record and its ZIP64 form do not agree");
  }

  void check(const EndRecord& end, std::uint64_t at) const {
    const ZipDirectory& directory = end.directory;
    if (end.disk != 0 || end.directory_disk != 0 || end.entries_here != directory.entries)
      fail(rules::kZipDisks, at, "is one part of an archive in several");
    if (checked_add(directory.offset_bytes, directory.bytes) != at)
      fail(rules::kZipDirectory, at,
           fmt::format("the directory has {} bytes from {} on; must end here", directory.bytes,
                       directory.offset_bytes));
    if (directory.entries > kMaxZipMembers || directory.bytes > kMaxZipDirectoryBytes)
      fail(rules::kZipLimit, at,
           fmt::format("the directory has {} entries in {} bytes; at most {} in {} are read",
                       directory.entries, directory.bytes, kMaxZipMembers, kMaxZipDirectoryBytes));
  }

  [[noreturn]] void fail(const Rule& rule, std::uint64_t at, const std::string& message) const {
    reject(rule, source_.path(), at, message);
  }

  const Source& source_;
  std::unique_ptr<Cursor> cursor_;
};

}  // namespace

ZipDirectory find_zip_directory(const Source& source) { return EndReader(source).read(); }

std::optional<std::uint64_t> zip_end_behind_other_bytes(const Source& source) {
  const auto cursor = source.cursor();
  const std::uint64_t size = source.size();
  const auto signature = [&](std::uint64_t at) {
    return load<std::uint32_t>(cursor->view(at, sizeof(std::uint32_t)).data());
  };
  if (size < kEndBytes || signature(0) == kMemberSignature) return std::nullopt;
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(size, kEndBytes + kMaxCommentBytes));
  const Bytes view = cursor->view(size - length, length);
  const std::vector<std::byte> tail(view.begin(), view.end());
  for (std::size_t at = 0; at + kEndBytes <= length; ++at) {
    if (load<std::uint32_t>(tail.data() + at) != kEndSignature) continue;
    if (at + kEndBytes + load<std::uint16_t>(tail.data() + at + 20) != length) continue;
    const std::uint64_t end = size - length + at;
    const std::uint64_t directory_bytes = parse_end(tail.data() + at).directory.bytes;
    if (directory_bytes <= end && directory_bytes >= sizeof(std::uint32_t) &&
        signature(end - directory_bytes) == kEntrySignature)
      return end;
  }
  return std::nullopt;
}

}  // namespace weightsieve::format
