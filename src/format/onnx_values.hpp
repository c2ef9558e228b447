// Elements of ONNX tensors that do not lie in the file as safetensors wants them: numbers of a typed field
// (int32_data and its like), packed or each with a tag before it, and raw integers of fewer than 8 bits.
//
// They are decoded as they are read. Where a walk through a field stands is kept every 65,536 numbers, so
// that any thread may begin anywhere.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "format/content.hpp"
#include "format/onnx_type.hpp"
#include "format/protobuf_input.hpp"

namespace weightsieve::format {

/// How many numbers of the type's field so many elements are. Requires elements whose bits fit 64 bits.
std::uint64_t numbers_of(const OnnxType& type, std::uint64_t elements) noexcept;

/// Walks through the type's field in the tensor's message and checks every number. Throws ONNX-VALUE,
/// ONNX-SIZE when there are not `wanted` of them, and whatever is wrong with their bytes. Linear in the
/// message without the payloads of other fields.
std::shared_ptr<const ElementDecoder> index_numbers(ProtobufInput& input, WireRange message,
                                                    const OnnxType& type, std::uint64_t wanted,
                                                    std::string_view name);

/// For raw elements of a type that is_packed().
std::shared_ptr<const ElementDecoder> packed_values(const OnnxType& type);

}  // namespace weightsieve::format
