// Where the elements of a tensor of PyTorch's lie, as a content wants to know it. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "format/content.hpp"
#include "format/torch_tensor.hpp"

namespace weightsieve::format {

/// Bytes of an element as torch counts them: two numbers of 4 bits are one.
std::uint64_t torch_element_bytes(Dtype dtype) noexcept;

/// Whether the elements stand in their stretch as a content wants them.
bool lies_in_order(const TorchView& view, bool big_endian) noexcept;

/// How they stand there otherwise, as one box.
ElementLayout layout_of(const TorchView& view, std::uint32_t stretch, bool big_endian);

/// All elements of the view, whose storage is `stretch`.
Elements elements_of(const TorchView& view, std::uint32_t stretch, bool big_endian);

/// A tensor of torch's dtype and sizes, as safetensors describes it. Requires that its bits number less than
/// 2^64.
TensorInfo describe_tensor(std::string name, Dtype dtype, const Shape& sizes);

}  // namespace weightsieve::format
