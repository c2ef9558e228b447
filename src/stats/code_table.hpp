// Per-dtype tables that counting by code needs: what each code means and in which order codes ascend.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve {

enum class CodeOrder : std::uint8_t { unsigned_integer, twos_complement, sign_magnitude };

CodeOrder code_order(Dtype dtype) noexcept;

/// code_value() of every code; the table of a dtype (at most 512 KiB) is made at the first call.
/// Requires is_coded(dtype). Any thread.
std::span<const double> code_values(Dtype dtype);

/// Most codes do not occur. So many neighbours, whose first code is a multiple of it, are passed over at
/// once.
inline constexpr std::uint32_t kBlockCodes = 8;

/// Whether no code occurs of the block that `code` belongs to.
template <class Count>
bool block_is_empty(std::span<const Count> counts, std::uint32_t code) noexcept {
  Count any = 0;
  for (const Count count : counts.subspan(code & ~(kBlockCodes - 1), kBlockCodes))
    any |= count;
  return any == 0;
}

/// A code of the least (greatest) finite value that occurs; nothing when there is none.
std::optional<std::uint32_t> least_code(Dtype dtype, std::span<const std::uint32_t> counts);
std::optional<std::uint32_t> greatest_code(Dtype dtype, std::span<const std::uint32_t> counts);

}  // namespace weightsieve
