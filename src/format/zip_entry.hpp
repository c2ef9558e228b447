// An entry of a ZIP archive's directory, and the local header that says the same again. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "format/zip_archive.hpp"

namespace weightsieve::format {

struct ZipEntry {
  ZipMember member;
  std::uint64_t at = 0;  ///< where the entry stands
  std::uint64_t entry_bytes = 0;
  std::uint64_t end = 0;  ///< of all that the member takes in the file, from its local header on
  std::uint16_t version = 0;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  bool is_zip64 = false;
};

/// Reads entries of the directory [begin, end) of a source.
class ZipEntryReader {
 public:
  ZipEntryReader(const Source& source, std::uint64_t directory_begin, std::uint64_t directory_end);

  /// The entry at `at`, checked by itself.
  ZipEntry read(std::uint64_t at);

  /// Finds the member's bytes by its local header, which must agree, and its end.
  void locate(ZipEntry& entry);

 private:
  void read_sizes(ZipEntry& entry, const std::byte* header, Bytes extra);
  void check_kind(const ZipEntry& entry) const;
  void check_sizes(const ZipEntry& entry) const;
  void check_header(const ZipEntry& entry, const std::byte* header, std::string_view name, Bytes extra) const;
  std::uint64_t descriptor_bytes(const ZipEntry& entry, std::uint64_t at);
  std::uint64_t available(std::uint64_t at, std::uint64_t bytes) const;
  [[noreturn]] void fail(const Rule& rule, std::uint64_t at, const std::string& message) const;

  const Source& source_;
  std::unique_ptr<Cursor> cursor_;
  std::uint64_t begin_;
  std::uint64_t end_;
};

}  // namespace weightsieve::format
