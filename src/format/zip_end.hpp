// Where a ZIP archive's directory lies, by the records at its end. One thread.
#pragma once

#include <cstdint>
#include <optional>

#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

struct ZipDirectory {
  std::uint64_t offset_bytes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
};

/// Throws by ZIP-END, ZIP-DISKS, ZIP-ZIP64, ZIP-DIRECTORY and ZIP-LIMIT.
ZipDirectory find_zip_directory(const Source& source);

/// Where the end record of an archive stands that is the end of a file which does not begin as one. A record
/// is taken for one where its comment ends with the file and its directory lies before it.
std::optional<std::uint64_t> zip_end_behind_other_bytes(const Source& source);

}  // namespace weightsieve::format
