// The directory of a ZIP archive, read without trust: PyTorch's and NumPy's files are such archives.
//
//   local header | name | extra | bytes | [descriptor]     for each member
//   directory entry | name | extra | comment               for each member
//   [ZIP64 end record | ZIP64 locator] | end record | comment
//
// After PKWARE's APPNOTE.TXT 6.3.10. Whatever stands in two places must be the same in both, because readers
// differ in which they believe. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/problem_log.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

inline constexpr std::uint64_t kMaxZipMembers = 1'000'000;
inline constexpr std::uint64_t kMaxZipDirectoryBytes = std::uint64_t{128} << 20;

struct ZipMember {
  std::string name;
  std::uint64_t header_bytes_at = 0;  ///< where its local header begins
  std::uint64_t offset_bytes = 0;     ///< of its bytes
  std::uint64_t stored_bytes = 0;     ///< in the file
  std::uint64_t bytes = 0;            ///< that it holds
  std::uint32_t crc = 0;
  bool deflated = false;
};

struct ZipArchive {
  std::vector<ZipMember> members;  ///< files, in the directory's order
  std::uint64_t directory_bytes = 0;
};

/// Throws by the ZIP rules; warns of bytes that belong to no member. O(n log n).
ZipArchive read_zip(const Source& source, ProblemLog& problems);

/// Of the member whose local header a file begins with; empty when `first_bytes` hold no whole name.
std::string_view first_member_name(Bytes first_bytes) noexcept;

/// What a member holds: member.bytes bytes of `source`.
struct MemberContent {
  std::shared_ptr<const Source> source;  ///< the file itself, where the member is stored
  std::uint64_t begin = 0;
};
MemberContent open_member(const std::shared_ptr<const Source>& file, const ZipMember& member);

/// The same, of a member that is small, whole. Requires at most kMaxWindowBytes bytes.
std::string read_member(const std::shared_ptr<const Source>& file, const ZipMember& member);

}  // namespace weightsieve::format
