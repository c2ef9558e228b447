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

/// A code of the least (greatest) finite value that occurs; nothing when there is none.
std::optional<std::uint32_t> least_code(Dtype dtype, std::span<const std::uint32_t> counts);
std::optional<std::uint32_t> greatest_code(Dtype dtype, std::span<const std::uint32_t> counts);

}  // namespace weightsieve
