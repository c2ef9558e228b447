// Elements of any prunable dtype as doubles. Pure; any thread.
#pragma once

#include <cstddef>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve::prune {

/// out[i] = element i, exactly. Requires a prunable dtype.
void widen(Dtype dtype, Bytes bytes, std::size_t count, double* out) noexcept;

}  // namespace weightsieve::prune
