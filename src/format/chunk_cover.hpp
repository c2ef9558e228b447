// Whether boxes fill a tensor, each element once. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "format/dcp_metadata.hpp"

namespace weightsieve::format {

/// What keeps `chunks`, which lie inside of a tensor of `sizes` and are not empty, from filling it, for a
/// message; nothing when they do. O(n log n) for those that lie one behind the other or in a grid.
std::optional<std::string> cover_fault(const Shape& sizes, std::span<const DcpChunk> chunks);

}  // namespace weightsieve::format
