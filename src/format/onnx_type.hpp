// The element types of ONNX, and how their elements stand in a tensor. Immutable table; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "weightsieve/tensor/dtype.hpp"

namespace weightsieve::format {

/// Numbers of the fields of a TensorProto that hold elements.
namespace onnx_field {
inline constexpr std::uint32_t kFloats = 4, kInt32s = 5, kStrings = 6, kInt64s = 7, kRaw = 9, kDoubles = 10,
                               kUint64s = 11;
}

struct OnnxType {
  std::string_view name;       ///< as ONNX calls it
  std::optional<Dtype> dtype;  ///< of the values; nothing for those that are not read
  unsigned bits = 0;           ///< of an element among others; 0: has no fixed size
  std::uint32_t field = 0;     ///< that holds elements which are not raw
  std::int64_t least = 0;      ///< that a number of that field may be, where those are integers
  std::uint64_t most = 0;

  /// Elements of fewer bits than a value has come out one a value.
  bool is_packed() const noexcept { return dtype && bits < dtype_info(*dtype).bits; }
};

/// Null for a number that ONNX does not have, and for 0, "undefined".
const OnnxType* onnx_type(std::uint64_t number) noexcept;

}  // namespace weightsieve::format
