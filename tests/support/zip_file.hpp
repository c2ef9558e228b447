// Writes ZIP archives for tests: good ones by their members, broken ones by setting any field.
//
// Deliberately naive and independent of the reader: no check of anything.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/safetensors_file.hpp"

namespace weightsieve::test {

/// CRC-32 bit by bit, as APPNOTE.TXT defines it.
inline std::uint32_t naive_crc32(std::string_view bytes) {
  std::uint32_t sum = ~0U;
  for (const char byte : bytes) {
    sum ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit)
      sum = (sum >> 1) ^ ((sum & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~sum;
}

/// What a local header and a directory entry have in common.
struct ZipFields {
  std::uint32_t signature;
  std::uint16_t version = 20;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint32_t stored_bytes = 0;
  std::uint32_t bytes = 0;
  std::string name = {};
  std::string extra = {};

  std::string common() const {
    return bytes_of(version) + bytes_of(flags) + bytes_of(method) + std::string(4, '\0') + bytes_of(crc) +
           bytes_of(stored_bytes) + bytes_of(bytes) + bytes_of(static_cast<std::uint16_t>(name.size())) +
           bytes_of(static_cast<std::uint16_t>(extra.size()));
  }
};

struct ZipPart {
  ZipFields local{0x04034b50};
  ZipFields entry{0x02014b50};
  std::string content = {};
  std::string before = {};      ///< bytes before the local header
  std::string descriptor = {};  ///< bytes behind the content
  std::uint16_t disk = 0;
  std::optional<std::uint32_t> offset = {};  ///< that the directory says; else the true one
};

struct ZipFile {
  std::vector<ZipPart> parts;
  std::string before_end = {};  ///< ZIP64 records, for example
  std::string before_directory = {};
  std::string comment = {};
  std::optional<std::uint16_t> entries = {}, entries_here = {}, disk = {}, comment_bytes = {};
  std::optional<std::uint32_t> directory_bytes = {}, directory_offset = {};

  ZipPart& add(std::string_view name, std::string_view content) {
    ZipPart part;
    part.content = content;
    for (ZipFields* fields : {&part.local, &part.entry}) {
      fields->name = name;
      fields->crc = naive_crc32(content);
      fields->stored_bytes = fields->bytes = static_cast<std::uint32_t>(content.size());
    }
    parts.push_back(part);
    return parts.back();
  }

  /// Both headers at once.
  static void set(ZipPart& part, const std::function<void(ZipFields&)>& change) {
    change(part.local);
    change(part.entry);
  }

  std::string file() const {
    std::string bytes;
    std::string directory;
    for (const ZipPart& part : parts) {
      bytes += part.before;
      const auto at = part.offset.value_or(static_cast<std::uint32_t>(bytes.size()));
      bytes += bytes_of(part.local.signature) + part.local.common() + part.local.name + part.local.extra;
      bytes += part.content + part.descriptor;
      directory += bytes_of(part.entry.signature) + bytes_of(std::uint16_t{20}) + part.entry.common();
      directory += std::string(2, '\0') + bytes_of(part.disk) + std::string(6, '\0') + bytes_of(at);
      directory += part.entry.name + part.entry.extra;
    }
    bytes += before_directory;
    const auto begin = static_cast<std::uint32_t>(bytes.size());
    const auto count = static_cast<std::uint16_t>(parts.size());
    bytes += directory + before_end + bytes_of(std::uint32_t{0x06054b50});
    bytes += bytes_of(disk.value_or(0)) + bytes_of(disk.value_or(0));
    bytes += bytes_of(entries_here.value_or(entries.value_or(count))) + bytes_of(entries.value_or(count));
    bytes += bytes_of(directory_bytes.value_or(static_cast<std::uint32_t>(directory.size())));
    bytes += bytes_of(directory_offset.value_or(begin));
    return bytes + bytes_of(comment_bytes.value_or(static_cast<std::uint16_t>(comment.size()))) + comment;
  }
};

/// The ZIP64 end record and its locator.
struct Zip64End {
  std::uint64_t record_bytes = 44, entries = 0, directory_bytes = 0, directory_offset = 0, at = 0;
  std::uint32_t disks = 1;

  std::string records() const {
    return bytes_of(std::uint32_t{0x06064b50}) + bytes_of(record_bytes) + bytes_of(std::uint16_t{45}) +
           bytes_of(std::uint16_t{45}) + std::string(8, '\0') + bytes_of(entries) + bytes_of(entries) +
           bytes_of(directory_bytes) + bytes_of(directory_offset) + bytes_of(std::uint32_t{0x07064b50}) +
           std::string(4, '\0') + bytes_of(at) + bytes_of(disks);
  }
};

}  // namespace weightsieve::test
