// Whose archive a ZIP file is: PyTorch's and NumPy's files begin alike. Pure; any thread.
#pragma once

#include <cstdint>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

enum class ZipKind : std::uint8_t {
  none,    ///< no ZIP archive
  torch,   ///< of PyTorch, or of nobody known: PyTorch's reader says what is missing
  arrays,  ///< of NumPy
  part     ///< of a distributed checkpoint: a file of archives, one of which alone is no checkpoint
};

/// By the first member's name, where that tells; else by all of them. A file of one chunk looks like any
/// archive of PyTorch: parts of distributed checkpoints are told by the ending .distcp.
ZipKind zip_kind(Bytes first_bytes, const Source& source);

}  // namespace weightsieve::format
