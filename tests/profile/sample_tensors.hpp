// Small inventories for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "weightsieve/profile/checkpoint_profile.hpp"

namespace weightsieve {

/// A tensor as an index lists it, without statistics.
inline TensorProfile listed(std::string name, Shape shape, Dtype dtype = Dtype::F32) {
  TensorProfile tensor;
  tensor.info.role = role_of(name, dtype);
  tensor.info.name = std::move(name);
  tensor.info.elements = element_count(shape).value();
  tensor.info.bytes = tensor.info.elements * dtype_info(dtype).bits / 8;
  tensor.info.shape = std::move(shape);
  tensor.info.dtype = dtype;
  return tensor;
}

/// A list of move-only tensors, which an initializer list cannot hold.
template <class... T>
std::vector<TensorProfile> tensor_list(T... tensors) {
  std::vector<TensorProfile> list;
  (list.push_back(std::move(tensors)), ...);
  return list;
}

}  // namespace weightsieve
