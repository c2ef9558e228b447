// A stretch of a file as a Source of its own: small archives that lie in a file one after another are read
// through it.
//
// Its first and last bytes, where such an archive has all but its tensors, are read once and kept: the
// cursors of a parser view them without touching the file again.
#pragma once

#include <cstdint>
#include <memory>

#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

/// `bytes` bytes of `file` from `offset_bytes` on, which must be there. `cursor` is one of the file's.
std::shared_ptr<const Source> slice_of(std::shared_ptr<const Source> file, Cursor& cursor,
                                       std::uint64_t offset_bytes, std::uint64_t bytes);

}  // namespace weightsieve::format
