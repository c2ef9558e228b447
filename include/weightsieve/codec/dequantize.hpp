// The values of tensors that ggml stores in blocks. Pure functions; any thread.
//
// Bit for bit those of the Python package gguf (gguf/quants.py), whose operations and their order are the
// specification here: each is one rounding to F32, on every machine.
#pragma once

#include <span>

#include "weightsieve/base/bytes.hpp"
#include "weightsieve/tensor/block_type.hpp"

namespace weightsieve {

/// Writes the values of whole blocks. Requires a type that is not `none`, and as many bytes and values as the
/// same number of its blocks has. Any bytes are blocks: scales may be infinite or NaN.
void dequantize(BlockType type, Bytes blocks, std::span<float> values) noexcept;

}  // namespace weightsieve
