// The element types of GGUF, as ggml numbers them. Immutable table; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "weightsieve/tensor/block_type.hpp"
#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve::format {

/// Elements stand in blocks of so many, each of so many bytes.
struct GgmlType {
  std::string_view name;
  std::uint32_t elements = 1;
  std::uint32_t bytes = 0;
  std::optional<Dtype> dtype = {};     ///< that the elements are read as; nothing where they are not
  BlockType blocks = BlockType::none;  ///< that they are packed in
};

/// Null for a number that ggml gave to nothing, or took away again.
const GgmlType* ggml_type(std::uint32_t number);

}  // namespace weightsieve::format
