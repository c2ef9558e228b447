// Collects the elements of a tensor that lie apart, in the order of the tensor. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "format/content.hpp"
#include "weightsieve/io/source.hpp"

namespace weightsieve::format {

/// Where a stretch can be read.
struct StretchView {
  Cursor& cursor;
  std::uint64_t origin_bytes;  ///< where the stretch begins in what the cursor reads
};
/// Gives it; what was given before may be gone then.
using OpenStretch = std::function<StretchView(std::uint32_t stretch)>;

/// Writes elements [first, first + count), in row-major order of the layout's sizes, to `out`. Each box that
/// has some of them is opened once, and neighbours in it are read together, so that a transposed matrix costs
/// a pass over the pages that it touches.
void gather(const ElementLayout& layout, const OpenStretch& open, std::uint64_t first, std::uint64_t count,
            std::span<std::byte> out);

}  // namespace weightsieve::format
