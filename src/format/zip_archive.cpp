#include "format/zip_archive.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "format/name_index.hpp"
#include "format/zip_end.hpp"
#include "format/zip_entry.hpp"
#include "weightsieve/base/as_text.hpp"
#include "weightsieve/base/text.hpp"
#include "weightsieve/codec/deflate.hpp"

namespace weightsieve::format {
namespace {

using namespace std::string_view_literals;

constexpr std::uint16_t kUtf8 = 0x800;

bool is_folder(const ZipMember& member) { return member.name.ends_with('/'); }

/// Whether each part of the path names something, and nothing leads out of the archive.
bool is_plain_path(std::string_view path) {
  if (path.find_first_of("\\\0"sv) != std::string_view::npos || path.substr(0, 2).ends_with(':'))
    return false;
  if (path.ends_with('/')) path.remove_suffix(1);
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

class ArchiveReader {
 public:
  ArchiveReader(const Source& source, ProblemLog& problems)
      : source_(source),
        problems_(problems),
        directory_(find_zip_directory(source)),
        reader_(source, directory_.offset_bytes, directory_.offset_bytes + directory_.bytes) {}

  ZipArchive read() {
    read_entries();
    check_unique();
    check_extents();
    ZipArchive archive{{}, directory_.bytes};
    for (ZipEntry& entry : entries_)
      if (!is_folder(entry.member)) archive.members.push_back(std::move(entry.member));
    return archive;
  }

 private:
  void read_entries() {
    std::uint64_t at = directory_.offset_bytes;
    const std::uint64_t end = at + directory_.bytes;
    while (at < end) {
      if (entries_.size() == directory_.entries) break;
      entries_.push_back(reader_.read(at));
      check_name(entries_.back());
      at += entries_.back().entry_bytes;
    }
    if (at != end || entries_.size() != directory_.entries)
      fail(rules::kZipDirectory, at,
           fmt::format("the directory holds {} entries up to here; must hold {} and fill its {} bytes",
                       entries_.size(), directory_.entries, directory_.bytes));
    for (ZipEntry& entry : entries_)
      reader_.locate(entry);
  }

  void check_name(const ZipEntry& entry) const {
    const std::string& name = entry.member.name;
    const bool is_text = (entry.flags & kUtf8) == 0 || valid_utf8_length(name) == name.size();
    if (!is_text || !is_plain_path(name))
      fail(rules::kZipName, entry.at, fmt::format("{} is no plain path of a member", in_quotes(name)));
    if (is_folder(entry.member) && entry.member.bytes > 0)
      fail(rules::kZipName, entry.at, fmt::format("{} is a folder with bytes", in_quotes(name)));
  }

  void check_unique() const {
    const auto name = [&](std::uint32_t i) -> std::string_view { return entries_[i].member.name; };
    const NameIndex index(entries_.size(), name);
    const auto twice = index.least_repeated();
    if (!twice) return;
    const auto last = std::find_if(entries_.rbegin(), entries_.rend(),
                                   [&](const ZipEntry& entry) { return entry.member.name == *twice; });
    fail(rules::kZipDuplicate, last->at, fmt::format("a second member is called {}", in_quotes(*twice)));
  }

  /// Members lie one after another from the file's first byte on.
  void check_extents() {
    std::vector<const ZipEntry*> order;
    order.reserve(entries_.size());
    for (const ZipEntry& entry : entries_)
      order.push_back(&entry);
    std::ranges::sort(order, {}, [](const ZipEntry* entry) { return entry->member.header_bytes_at; });
    std::uint64_t end = 0;
    for (const ZipEntry* entry : order) {
      const std::uint64_t begin = entry->member.header_bytes_at;
      if (begin < end)
        fail(rules::kZipOverlap, begin,
             fmt::format("{} begins where another member lies, which ends at {}",
                         in_quotes(entry->member.name), end));
      note_gap(end, begin);
      end = entry->end;
    }
    note_gap(end, directory_.offset_bytes);
  }

  void note_gap(std::uint64_t from, std::uint64_t to) {
    if (from == to) return;
    if (from == 0) fail(rules::kZipStart, 0, fmt::format("the first member begins at {}; must at 0", to));
    problems_.warn(rules::kZipGap, source_.path(), from,
                   fmt::format("{} bytes belong to no member", grouped(to - from)));
  }

  [[noreturn]] void fail(const Rule& rule, std::uint64_t at, const std::string& message) const {
    reject(rule, source_.path(), at, message);
  }

  const Source& source_;
  ProblemLog& problems_;
  ZipDirectory directory_;
  ZipEntryReader reader_;
  std::vector<ZipEntry> entries_;
};

}  // namespace

ZipArchive read_zip(const Source& source, ProblemLog& problems) {
  return ArchiveReader(source, problems).read();
}

std::string_view first_member_name(Bytes first_bytes) noexcept {
  constexpr std::size_t header_bytes = 30;
  if (first_bytes.size() < header_bytes) return {};
  const std::size_t length = load<std::uint16_t>(first_bytes.data() + 26);
  if (length > first_bytes.size() - header_bytes) return {};
  return as_text(first_bytes.subspan(header_bytes, length));
}

MemberContent open_member(const std::shared_ptr<const Source>& file, const ZipMember& member) {
  if (!member.deflated) return {file, member.offset_bytes};
  return {open_deflated(file, {member.offset_bytes, member.stored_bytes, member.bytes, member.crc}), 0};
}

std::string read_member(const std::shared_ptr<const Source>& file, const ZipMember& member) {
  const MemberContent content = open_member(file, member);
  const auto cursor = content.source->cursor();
  const Bytes bytes = cursor->view(content.begin, static_cast<std::size_t>(member.bytes));
  return std::string(as_text(bytes));
}

}  // namespace weightsieve::format
