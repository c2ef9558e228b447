#include "format/torch_elements.hpp"

#include <algorithm>

namespace weightsieve::format {
namespace {

/// Bytes that a machine of the other byte order has in reverse.
std::uint64_t number_bytes(Dtype dtype) noexcept {
  return torch_element_bytes(dtype) / values_per_element(dtype);
}

}  // namespace

std::uint64_t torch_element_bytes(Dtype dtype) noexcept {
  return std::max<std::uint64_t>(dtype_info(dtype).bits, 8) / 8;
}

bool lies_in_order(const TorchView& view, bool big_endian) noexcept {
  return is_contiguous(view) && !(big_endian && number_bytes(view.dtype) > 1);
}

ElementLayout layout_of(const TorchView& view, std::uint32_t stretch, bool big_endian) {
  const std::uint64_t width = torch_element_bytes(view.dtype);
  ElementLayout layout;
  layout.sizes = view.sizes;
  layout.element_bytes = static_cast<unsigned>(width);
  layout.swapped_bytes = big_endian ? static_cast<unsigned>(number_bytes(view.dtype)) : 1;
  ElementLayout::Box box{stretch, view.offset * width, {}};
  for (std::size_t i = 0; i < view.sizes.size(); ++i)
    box.dimensions.push_back({view.sizes[i], view.strides[i]});
  layout.boxes.push_back(std::move(box));
  return layout;
}

Elements elements_of(const TorchView& view, std::uint32_t stretch, bool big_endian) {
  const std::uint64_t width = torch_element_bytes(view.dtype);
  Elements elements{element_count(view.sizes).value_or(0) * width, stretch, view.offset * width};
  if (!lies_in_order(view, big_endian)) elements.layout = layout_of(view, stretch, big_endian);
  return elements;
}

TensorInfo describe_tensor(std::string name, Dtype dtype, const Shape& sizes) {
  TensorInfo tensor;
  tensor.role = role_of(name, dtype);
  tensor.name = std::move(name);
  tensor.shape = sizes;
  tensor.dtype = dtype;
  if (dtype == Dtype::F4 && !tensor.shape.empty()) tensor.shape.back() *= 2;
  tensor.elements = element_count(tensor.shape).value_or(0);
  tensor.bytes = tensor.elements * dtype_info(dtype).bits / 8;
  return tensor;
}

}  // namespace weightsieve::format
