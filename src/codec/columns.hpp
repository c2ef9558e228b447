// A bitmap turned so that a byte holds one column of eight rows: what repeats from row to row becomes runs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weightsieve::codec {

/// Whether `units` units in rows of `row_units` have eight rows to turn.
bool has_columns(std::uint64_t units, std::uint64_t row_units) noexcept;

/// Turns every whole group of eight rows; what is left at the end is copied. As many bytes as the bitmap.
/// Requires has_columns().
void to_columns(const std::byte* bitmap, std::size_t units, std::size_t row_units, std::byte* out) noexcept;
void from_columns(const std::byte* columns, std::size_t units, std::size_t row_units,
                  std::byte* bitmap) noexcept;

}  // namespace weightsieve::codec
