// Where a ZIP archive's directory lies, by the records at its end. One thread.
#pragma once

#include <cstdint>

#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

struct ZipDirectory {
  std::uint64_t offset_bytes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
};

/// Throws by ZIP-END, ZIP-DISKS, ZIP-ZIP64, ZIP-DIRECTORY and ZIP-LIMIT.
ZipDirectory find_zip_directory(const Source& source);

}  // namespace weightsieve::format
