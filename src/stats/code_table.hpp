// Per-dtype tables that counting by code needs: what each code means and in which order codes ascend.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve {

enum class CodeOrder : std::uint8_t { unsigned_integer, twos_complement, sign_magnitude };

CodeOrder code_order(Dtype dtype) noexcept;

/// code_value() of every code; the tables of all dtypes (2 MiB) are made at the first call.
/// Requires is_coded(dtype). Any thread.
std::span<const double> code_values(Dtype dtype);

/// The least and greatest finite value that occurs; nothing when there is none.
std::optional<double> least_value(Dtype dtype, std::span<const std::uint32_t> counts);
std::optional<double> greatest_value(Dtype dtype, std::span<const std::uint32_t> counts);

}  // namespace weightsieve
