// Collects the elements of a tensor that lie apart, in the order of the tensor. One thread.
#pragma once

#include <span>

#include "format/content.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

/// Writes elements [first, first + count), in row-major order of the layout's dimensions, to `out`. The
/// element with all indices zero lies at `origin_bytes` of the cursor's source. Neighbours in the source are
/// read together, so that a transposed matrix costs a pass over the pages that it touches.
void gather(const ElementLayout& layout, Cursor& cursor, std::uint64_t origin_bytes, std::uint64_t first,
            std::uint64_t count, std::span<std::byte> out);

}  // namespace weightsieve::format
