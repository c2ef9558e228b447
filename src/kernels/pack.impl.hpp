// The PackTable out of BMI2 and AVX2, for the instruction sets that have both. Included by pack_<name>.cpp
// alone; unnamed namespace and nothing of std:: that would be a function, as in table.impl.hpp.
#pragma once

#include "kernels/pack_cut.impl.hpp"
#include "kernels/pack_gaps.impl.hpp"
#include "kernels/pack_mask.impl.hpp"

namespace weightsieve::kernel {
namespace {

inline std::size_t count_bits(const std::byte* bitmap, std::size_t bytes) noexcept {
  std::size_t count = 0, i = 0;
  for (; i + 8 <= bytes; i += 8)
    count += set_bits(get<Word>(bitmap + i, 0));
  for (; i < bytes; ++i)
    count += set_bits(get<std::uint8_t>(bitmap, i));
  return count;
}

inline std::size_t count_escapes(const std::byte* symbols, std::size_t count) noexcept {
  std::size_t escapes = 0, i = 0;
  for (; i + 32 <= count; i += 32)
    escapes += set_bits(escape_mask(symbols + i));
  for (; i < count; ++i)
    escapes += get<std::uint8_t>(symbols, i) == kEscape;
  return escapes;
}

constexpr PackTable make_pack_table(Isa isa) noexcept {
  return {.isa = isa,
          .mark = {mark<0>, mark<1>, mark<2>, mark<3>},
          .compact = {compact<0>, compact<1>, compact<2>, compact<3>},
          .expand = {expand<0>, expand<1>, expand<2>, expand<3>},
          .cut = {kernel::cut<0>, kernel::cut<1>, kernel::cut<2>, kernel::cut<3>},
          .join = {join<0>, join<1>, join<2>, join<3>},
          .count_bits = count_bits,
          .count_escapes = count_escapes,
          .write_gaps = write_gaps_fast,
          .scatter = {scatter<std::uint8_t>, scatter<std::uint16_t>, scatter<std::uint32_t>,
                      scatter<std::uint64_t>}};
}

}  // namespace
}  // namespace weightsieve::kernel
