// Blocks of values of any dtype as floats or doubles, for loops that know only these. Pure functions.
#pragma once

#include <cstddef>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve {

/// Whether every value of the dtype is a float exactly.
bool fits_float(Dtype dtype) noexcept;

/// The `count` values that begin at `data`, where they stand or as written to `room`. Requires
/// fits_float(dtype), and of F4 an even place to begin.
const std::byte* as_floats(Dtype dtype, const std::byte* data, std::size_t count, float* room) noexcept;

/// The doubles nearest to them.
const std::byte* as_doubles(Dtype dtype, const std::byte* data, std::size_t count, double* room) noexcept;

}  // namespace weightsieve
