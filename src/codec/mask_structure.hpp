// Whether a mask shows rows, columns or blocks, so that a coder which sees one symbol at a time would waste
// most of what it writes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weightsieve::codec {

/// Looks at some 2^17 bits from all over the bitmap. `row_units` may be 0: unknown.
bool is_structured(const std::byte* bitmap, std::size_t units, std::size_t kept,
                   std::uint64_t row_units) noexcept;

}  // namespace weightsieve::codec
