// What a checkpoint's index says of one tensor. A plain value; a checkpoint can hold millions, so it is
// small.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "weightsieve/tensor/block_type.hpp"
#include "weightsieve/tensor/dtype.hpp"
#include "weightsieve/tensor/shape.hpp"

namespace weightsieve {

enum class Role : std::uint8_t { parameter, buffer };

struct TensorInfo {
  std::string name;
  Shape shape;
  std::uint64_t elements = 0;
  std::uint64_t offset_bytes = 0;  ///< of its first byte in its file
  std::uint64_t bytes = 0;
  std::uint32_t file = 0;  ///< index into the checkpoint's files
  Dtype dtype = Dtype::F32;
  /// What the file packs the elements in; then they are read as `dtype`, and offset and bytes are of that.
  BlockType blocks = BlockType::none;
  Role role = Role::parameter;
  bool trainable = true;  ///< what the format says; formats that say nothing: true
};

/// A tensor that is present but of a kind that cannot be profiled, and why.
struct SkippedTensor {
  std::string name;
  std::string reason;
};

/// As the file stores it: "F32", "Q4_K".
std::string_view dtype_name(Dtype dtype, BlockType blocks) noexcept;
std::string_view dtype_name(const TensorInfo& tensor) noexcept;

/// Bytes that the elements take in the file, before any encoding of the whole of it.
std::uint64_t stored_bytes(const TensorInfo& tensor) noexcept;

/// Numbers of that scale in all blocks of the tensor.
std::uint64_t scales_in(const TensorInfo& tensor, const BlockScale& scale) noexcept;

/// "Scalar" (one element), "Vector" (one dimension after dropping dimensions of 1), "Matrix" (two), else
/// "Tensor rank n" with n the number of dimensions left.
std::string form(const Shape& shape);

/// Buffer when the last part of the name is running_mean, running_var, num_batches_tracked or position_ids,
/// or the dtype is BOOL; formats that mark buffers themselves overrule it.
Role role_of(std::string_view name, Dtype dtype) noexcept;

std::string_view to_string(Role role) noexcept;

}  // namespace weightsieve
