// A weight that is kept as a weight and a mask, as torch.nn.utils.prune keeps it: their product. Pure
// functions; any thread.
#pragma once

#include <span>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve::format {

/// Whether weights of the one dtype can be multiplied with a mask of the other: floating-point numbers of 16
/// bits or more, with a mask of the same dtype, of BOOL or of U8.
bool can_be_masked(Dtype dtype, Dtype mask) noexcept;

/// What PyTorch computes of `weights` × `mask`, bit for bit but for the payload of NaN: −3 × 0 is −0, and NaN
/// comes of infinite weights that are masked. As many elements as `out` has room for.
void multiply_by_mask(Dtype dtype, Bytes weights, Dtype mask_dtype, Bytes mask, std::span<std::byte> out);

}  // namespace weightsieve::format
