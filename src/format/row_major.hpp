// A stretch of a tensor's elements as boxes: ranges of indices. Immutable; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "weightsieve/tensor/shape.hpp"

namespace weightsieve::format {

/// Indices [begin, end) of one dimension.
struct IndexRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// For each dimension and behind the last, the elements of what is left when the indices before are fixed:
/// (12, 4, 1) of (3, 4), of which all but the first are the strides of row-major order.
std::vector<std::uint64_t> row_sizes(const Shape& sizes);

/// Elements [first, end) of row-major order, none of whose sizes is 0, as boxes in that order: at most two
/// for each dimension, and one.
std::vector<std::vector<IndexRange>> boxes_of(const Shape& sizes, std::uint64_t first, std::uint64_t end);

}  // namespace weightsieve::format
