// The names that PyTorch's checkpoints use, and what they mean to us. Immutable tables; any thread.
//
// Names are compared whole: what merely begins like one of them is foreign. After torch/_utils.py,
// torch/_weights_only_unpickler.py and torch/storage.py of PyTorch 2.8. A name is "module name".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve::format {

/// What a storage class says of its elements.
struct StorageClass {
  std::optional<Dtype> dtype;  ///< none: untyped, counted in bytes
};
/// Nothing for a class that is none of torch's, or whose elements are not read.
std::optional<StorageClass> torch_storage_class(std::string_view global) noexcept;

/// Bytes of an element of any storage class, whether its elements are read or not; 1 where it is unknown.
std::uint64_t torch_storage_width(std::string_view global) noexcept;

/// Of a name like "torch bfloat16".
std::optional<Dtype> torch_dtype(std::string_view global) noexcept;

/// How a call makes a tensor.
enum class TensorMaker : std::uint8_t {
  none,        ///< it makes none
  tensor,      ///< (storage, offset, size, stride)
  tensor_v2,   ///< (…, requires_grad, hooks[, metadata])
  tensor_v3,   ///< (…, requires_grad, hooks, dtype[, metadata])
  parameter,   ///< (tensor[, requires_grad, …])
  from_type,   ///< (function, type, arguments, state)
  unsupported  ///< of a kind that has no plain elements
};
TensorMaker tensor_maker(std::string_view global) noexcept;

/// Whether honest state dicts name it, as torch's own weights-only reader allows it.
bool is_known_global(std::string_view global) noexcept;

/// "torch.FloatStorage" for "torch FloatStorage".
std::string dotted(std::string_view global);

}  // namespace weightsieve::format
