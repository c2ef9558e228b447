#include "codec/columns.hpp"

#include <algorithm>
#include <cstring>

#include "codec/bitmap.hpp"

namespace weightsieve::codec {
namespace {

// Byte i, bit j of the result is byte j, bit i of `block` (Hacker's Delight, 7-3).
std::uint64_t transpose(std::uint64_t block) noexcept {
  std::uint64_t swap = (block ^ (block >> 7)) & 0x00AA'00AA'00AA'00AA;
  block ^= swap ^ (swap << 7);
  swap = (block ^ (block >> 14)) & 0x0000'CCCC'0000'CCCC;
  block ^= swap ^ (swap << 14);
  swap = (block ^ (block >> 28)) & 0x0000'0000'F0F0'F0F0;
  return block ^ swap ^ (swap << 28);
}

// Or-s up to 8 bits into a bitmap, at any position.
void set_bits(std::byte* bitmap, std::size_t position, unsigned bits) noexcept {
  const unsigned shifted = bits << (position % 8);
  bitmap[position / 8] |= static_cast<std::byte>(shifted);
  if (shifted > 0xFF) bitmap[position / 8 + 1] |= static_cast<std::byte>(shifted >> 8);
}

// The rows' tails that fill no group begin at a whole byte, the same in both forms.
struct Groups {
  std::size_t count;
  std::size_t bytes;  // of all groups
  std::size_t tail_bytes;
};

Groups groups_of(std::size_t units, std::size_t row_units) noexcept {
  const std::size_t count = units / (8 * row_units);
  return {count, count * row_units, (units + 7) / 8 - count * row_units};
}

}  // namespace

bool has_columns(std::uint64_t units, std::uint64_t row_units) noexcept {
  return row_units > 0 && row_units <= units / 8;
}

void to_columns(const std::byte* bitmap, std::size_t units, std::size_t row_units, std::byte* out) noexcept {
  const Groups groups = groups_of(units, row_units);
  for (std::size_t group = 0; group < groups.count; ++group) {
    for (std::size_t column = 0; column < row_units; column += 8) {
      const std::size_t wide = std::min<std::size_t>(8, row_units - column);
      std::uint64_t block = 0;
      for (std::size_t row = 0; row < 8; ++row)
        block |= bits_at(bitmap, units, (8 * group + row) * row_units + column, wide) << (8 * row);
      block = transpose(block);
      std::memcpy(out + group * row_units + column, &block, wide);
    }
  }
  std::memcpy(out + groups.bytes, bitmap + groups.bytes, groups.tail_bytes);
}

void from_columns(const std::byte* columns, std::size_t units, std::size_t row_units,
                  std::byte* bitmap) noexcept {
  const Groups groups = groups_of(units, row_units);
  std::memset(bitmap, 0, groups.bytes);
  for (std::size_t group = 0; group < groups.count; ++group) {
    for (std::size_t column = 0; column < row_units; column += 8) {
      const std::size_t wide = std::min<std::size_t>(8, row_units - column);
      std::uint64_t block = 0;
      std::memcpy(&block, columns + group * row_units + column, wide);
      block = transpose(block);
      for (std::size_t row = 0; row < 8; ++row)
        set_bits(bitmap, (8 * group + row) * row_units + column, (block >> (8 * row)) & 0xFF);
    }
  }
  std::memcpy(bitmap + groups.bytes, columns + groups.bytes, groups.tail_bytes);
}

}  // namespace weightsieve::codec
