// Types of ggml whose elements stand in blocks, packed to a few bits and a scale: what a tensor is stored as,
// when its dtype is that of the values which come out. Immutable table; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve {

enum class BlockType : std::uint8_t {
  none,  ///< elements are stored as the dtype says
  Q4_0,
  Q4_1,
  Q5_0,
  Q5_1,
  Q8_0,
  Q2_K,
  Q3_K,
  Q4_K,
  Q5_K,
  Q6_K,
  IQ4_NL,
  IQ4_XS,
  TQ1_0,
  TQ2_0,
  MXFP4,
  NVFP4
};

/// Numbers that stand in each block as `dtype` stores them, and that what is packed in it is scaled by. To
/// ggml 8-bit scales have neither sign nor NaN, to their dtype they do.
struct BlockScale {
  std::string_view name;  ///< as ggml calls it, "dmin"
  Dtype dtype = Dtype::F16;
  std::uint32_t offset_bytes = 0;  ///< in the block
  std::uint32_t count = 1;         ///< in a block
};

struct BlockTypeInfo {
  std::string_view name;  ///< as ggml calls it, "Q4_K"
  std::uint32_t elements = 1;
  std::uint32_t bytes = 0;
  std::span<const BlockScale> scales = {};
};

const BlockTypeInfo& block_type_info(BlockType type) noexcept;

/// Exact, case-sensitive match; nothing for a name that is not in the table.
std::optional<BlockType> block_type_from_name(std::string_view name) noexcept;

/// Every type but `none`.
std::span<const BlockType> all_block_types() noexcept;

}  // namespace weightsieve
