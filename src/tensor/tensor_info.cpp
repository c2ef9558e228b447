#include "weightsieve/tensor/tensor_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weightsieve {

std::string_view dtype_name(Dtype dtype, BlockType blocks) noexcept {
  return blocks == BlockType::none ? dtype_info(dtype).name : block_type_info(blocks).name;
}

std::string_view dtype_name(const TensorInfo& tensor) noexcept {
  return dtype_name(tensor.dtype, tensor.blocks);
}

std::uint64_t stored_bytes(const TensorInfo& tensor) noexcept {
  const BlockTypeInfo& blocks = block_type_info(tensor.blocks);
  return tensor.blocks == BlockType::none ? tensor.bytes : tensor.elements / blocks.elements * blocks.bytes;
}

std::uint64_t scales_in(const TensorInfo& tensor, const BlockScale& scale) noexcept {
  return tensor.elements / block_type_info(tensor.blocks).elements * scale.count;
}

std::string form(const Shape& shape) {
  const auto rank = std::ranges::count_if(shape, [](std::uint64_t dimension) { return dimension != 1; });
  if (rank == 0) return "Scalar";
  if (rank == 1) return "Vector";
  if (rank == 2) return "Matrix";
  return fmt::format("Tensor rank {}", rank);
}

Role role_of(std::string_view name, Dtype dtype) noexcept {
  constexpr std::array<std::string_view, 4> buffers{"running_mean", "running_var", "num_batches_tracked",
                                                    "position_ids"};
  const std::string_view last = name.substr(name.rfind('.') + 1);
  const bool named_so = std::ranges::find(buffers, last) != buffers.end();
  return named_so || dtype == Dtype::BOOL ? Role::buffer : Role::parameter;
}

std::string_view to_string(Role role) noexcept { return role == Role::buffer ? "buffer" : "parameter"; }

}  // namespace weightsieve
