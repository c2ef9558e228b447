#include "format/onnx_type.hpp"

#include <array>
#include <limits>

namespace weightsieve::format {
namespace {

using namespace onnx_field;

template <class T>
constexpr OnnxType integer(std::string_view name, Dtype dtype, std::uint32_t field) {
  return {name,
          dtype,
          8 * sizeof(T),
          field,
          static_cast<std::int64_t>(std::numeric_limits<T>::min()),
          static_cast<std::uint64_t>(std::numeric_limits<T>::max())};
}

/// A type whose bit patterns stand in int32_data; several of them in one number where they are of less than 8
/// bits.
constexpr OnnxType pattern(std::string_view name, std::optional<Dtype> dtype, unsigned bits) {
  const std::uint64_t most = bits == 16 ? UINT16_MAX : bits == 6 ? 0x3F : UINT8_MAX;
  return {name, dtype, bits, kInt32s, 0, most};
}

// TensorProto.DataType of onnx.proto, by number from 1 on. How F6 elements are packed differs from
// safetensors.
constexpr std::array kTypes{
    OnnxType{"FLOAT", Dtype::F32, 32, kFloats},
    integer<std::uint8_t>("UINT8", Dtype::U8, kInt32s),
    integer<std::int8_t>("INT8", Dtype::I8, kInt32s),
    integer<std::uint16_t>("UINT16", Dtype::U16, kInt32s),
    integer<std::int16_t>("INT16", Dtype::I16, kInt32s),
    integer<std::int32_t>("INT32", Dtype::I32, kInt32s),
    integer<std::int64_t>("INT64", Dtype::I64, kInt64s),
    OnnxType{"STRING", std::nullopt, 0, kStrings},
    OnnxType{"BOOL", Dtype::BOOL, 8, kInt32s, 0, 1},
    pattern("FLOAT16", Dtype::F16, 16),
    OnnxType{"DOUBLE", Dtype::F64, 64, kDoubles},
    integer<std::uint32_t>("UINT32", Dtype::U32, kUint64s),
    integer<std::uint64_t>("UINT64", Dtype::U64, kUint64s),
    OnnxType{"COMPLEX64", Dtype::C64, 64, kFloats},
    OnnxType{"COMPLEX128", std::nullopt, 128, kDoubles},
    pattern("BFLOAT16", Dtype::BF16, 16),
    pattern("FLOAT8E4M3FN", Dtype::F8_E4M3, 8),
    pattern("FLOAT8E4M3FNUZ", Dtype::F8_E4M3FNUZ, 8),
    pattern("FLOAT8E5M2", Dtype::F8_E5M2, 8),
    pattern("FLOAT8E5M2FNUZ", Dtype::F8_E5M2FNUZ, 8),
    pattern("UINT4", Dtype::U8, 4),
    pattern("INT4", Dtype::I8, 4),
    pattern("FLOAT4E2M1", Dtype::F4, 4),
    pattern("FLOAT8E8M0", Dtype::F8_E8M0, 8),
    pattern("UINT2", Dtype::U8, 2),
    pattern("INT2", Dtype::I8, 2),
    pattern("FLOAT6E2M3", std::nullopt, 6),
    pattern("FLOAT6E3M2", std::nullopt, 6),
};

}  // namespace

const OnnxType* onnx_type(std::uint64_t number) noexcept {
  return number >= 1 && number <= kTypes.size() ? &kTypes[static_cast<std::size_t>(number - 1)] : nullptr;
}

}  // namespace weightsieve::format
