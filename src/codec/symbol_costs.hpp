// What a table of byte frequencies costs to write.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "weightsieve/base/bytes.hpp"

namespace weightsieve::codec {

using SymbolCounts = std::array<std::uint32_t, 256>;

/// How often each byte occurs in up to `most` bytes, taken in four pieces from all over `content`.
SymbolCounts sample_symbols(Bytes content, std::size_t most) noexcept;

/// Bits a symbol under the best prefix code of at most 11 bits for these counts (nearly), or 8 where that is
/// less. 0 without symbols, and where there is only one: it goes into a constant plane.
double bits_a_symbol(const SymbolCounts& counts) noexcept;

}  // namespace weightsieve::codec
