// What a deflated stretch of a file holds (RFC 1951), as ZIP archives keep their members.
//
// Nothing is held but a window: a view further on is reached by inflating up to it, one further back by
// beginning again. Sources are shared between threads; each thread reads through a Cursor of its own.
#pragma once

#include <cstdint>
#include <memory>

#include "weightsieve/io/source.hpp"

namespace weightsieve {

struct DeflatedRange {
  std::uint64_t offset_bytes;  ///< in the file
  std::uint64_t stored_bytes;
  std::uint64_t content_bytes;  ///< that come out
  std::uint32_t crc;            ///< of those
};

/// No deflate stream gives more than this times its bytes.
inline constexpr std::uint64_t kMaxDeflateRatio = 1032;

/// The content as a Source. Requires a range inside the file. Views throw Error{malformed} by the rules
/// DEFLATE and DEFLATE-SIZE; the one that reaches the end throws by DEFLATE-CRC too.
std::shared_ptr<const Source> open_deflated(std::shared_ptr<const Source> file, const DeflatedRange& range);

/// The CRC-32 of ZIP and zlib, of `bytes` behind others that have the sum `before`.
std::uint32_t crc32_of(Bytes bytes, std::uint32_t before = 0) noexcept;

}  // namespace weightsieve
