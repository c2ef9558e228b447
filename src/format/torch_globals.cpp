#include "format/torch_globals.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace weightsieve::format {
namespace {

struct Named {
  std::string_view name;
  Dtype dtype;
};

constexpr std::array kStorages{
    Named{"DoubleStorage", Dtype::F64},       Named{"FloatStorage", Dtype::F32},
    Named{"HalfStorage", Dtype::F16},         Named{"BFloat16Storage", Dtype::BF16},
    Named{"LongStorage", Dtype::I64},         Named{"IntStorage", Dtype::I32},
    Named{"ShortStorage", Dtype::I16},        Named{"CharStorage", Dtype::I8},
    Named{"ByteStorage", Dtype::U8},          Named{"BoolStorage", Dtype::BOOL},
    Named{"ComplexFloatStorage", Dtype::C64},
};

constexpr std::array<std::string_view, 4> kUntyped{"torch.storage UntypedStorage", "torch UntypedStorage",
                                                   "torch.storage _UntypedStorage", "torch _UntypedStorage"};

constexpr std::array kDtypes{
    Named{"float64", Dtype::F64},
    Named{"double", Dtype::F64},
    Named{"float32", Dtype::F32},
    Named{"float", Dtype::F32},
    Named{"float16", Dtype::F16},
    Named{"half", Dtype::F16},
    Named{"bfloat16", Dtype::BF16},
    Named{"int64", Dtype::I64},
    Named{"int32", Dtype::I32},
    Named{"int16", Dtype::I16},
    Named{"int8", Dtype::I8},
    Named{"uint64", Dtype::U64},
    Named{"uint32", Dtype::U32},
    Named{"uint16", Dtype::U16},
    Named{"uint8", Dtype::U8},
    Named{"bool", Dtype::BOOL},
    Named{"complex64", Dtype::C64},
    Named{"float8_e4m3fn", Dtype::F8_E4M3},
    Named{"float8_e5m2", Dtype::F8_E5M2},
    Named{"float8_e4m3fnuz", Dtype::F8_E4M3FNUZ},
    Named{"float8_e5m2fnuz", Dtype::F8_E5M2FNUZ},
    Named{"float8_e8m0fnu", Dtype::F8_E8M0},
    Named{"float4_e2m1fn_x2", Dtype::F4},
};

struct Maker {
  std::string_view name;
  TensorMaker maker;
};

constexpr std::array kMakers{
    Maker{"torch._utils _rebuild_tensor", TensorMaker::tensor},
    Maker{"torch._utils _rebuild_tensor_v2", TensorMaker::tensor_v2},
    Maker{"torch._utils _rebuild_tensor_v3", TensorMaker::tensor_v3},
    Maker{"torch._utils _rebuild_parameter", TensorMaker::parameter},
    Maker{"torch._utils _rebuild_parameter_with_state", TensorMaker::parameter},
    Maker{"torch.nn.parameter Parameter", TensorMaker::parameter},
    Maker{"torch.nn.parameter Buffer", TensorMaker::parameter},
    Maker{"torch._tensor _rebuild_from_type", TensorMaker::from_type},
    Maker{"torch._tensor _rebuild_from_type_v2", TensorMaker::from_type},
    Maker{"torch._utils _rebuild_qtensor", TensorMaker::unsupported},
    Maker{"torch._utils _rebuild_sparse_tensor", TensorMaker::unsupported},
    Maker{"torch._utils _rebuild_sparse_csr_tensor", TensorMaker::unsupported},
    Maker{"torch._utils _rebuild_nested_tensor", TensorMaker::unsupported},
    Maker{"torch._utils _rebuild_meta_tensor_no_storage", TensorMaker::unsupported},
    Maker{"torch._utils _rebuild_wrapper_subclass", TensorMaker::unsupported},
    Maker{"torch._utils _rebuild_device_tensor_from_numpy", TensorMaker::unsupported},
    Maker{"torch._utils _rebuild_device_tensor_from_cpu_tensor", TensorMaker::unsupported},
    Maker{"torch._utils _rebuild_xla_tensor", TensorMaker::unsupported},
};

constexpr std::array<std::string_view, 26> kHarmless{
    "collections OrderedDict",
    "collections Counter",
    "collections defaultdict",
    "torch Size",
    "torch Tensor",
    "torch device",
    "torch.serialization _get_layout",
    "torch per_tensor_affine",
    "torch per_channel_affine",
    "torch per_tensor_symmetric",
    "torch per_channel_symmetric",
    "torch per_channel_affine_float_qparams",
    "torch complex128",
    "torch.nn.parameter UninitializedParameter",
    "_codecs encode",
    "builtins bytearray",
    "builtins complex",
    "builtins dict",
    "builtins list",
    "builtins set",
    "builtins frozenset",
    "__builtin__ bytearray",
    "__builtin__ complex",
    "__builtin__ set",
    "__builtin__ frozenset",
    "__builtin__ dict",
};

struct Unread {
  std::string_view name;
  std::uint64_t width;
};

constexpr std::array kOtherStorages{
    Unread{"torch ComplexDoubleStorage", 16}, Unread{"torch QInt8Storage", 1},
    Unread{"torch QUInt8Storage", 1},         Unread{"torch QInt32Storage", 4},
    Unread{"torch QUInt4x2Storage", 1},       Unread{"torch QUInt2x4Storage", 1}};

constexpr std::string_view kTorch = "torch ";

std::optional<Dtype> find(std::span<const Named> table, std::string_view global) noexcept {
  if (!global.starts_with(kTorch)) return std::nullopt;
  const auto at = std::ranges::find(table, global.substr(kTorch.size()), &Named::name);
  return at == table.end() ? std::nullopt : std::optional(at->dtype);
}

template <class Table>
bool holds(const Table& table, std::string_view global) noexcept {
  return std::ranges::find(table, global) != table.end();
}

}  // namespace

std::optional<StorageClass> torch_storage_class(std::string_view global) noexcept {
  if (holds(kUntyped, global)) return StorageClass{};
  const auto dtype = find(kStorages, global);
  return dtype ? std::optional(StorageClass{dtype}) : std::nullopt;
}

std::uint64_t torch_storage_width(std::string_view global) noexcept {
  if (const auto dtype = find(kStorages, global)) return dtype_info(*dtype).bits / 8;
  const auto at = std::ranges::find(kOtherStorages, global, &Unread::name);
  return at == kOtherStorages.end() ? 1 : at->width;
}

std::optional<Dtype> torch_dtype(std::string_view global) noexcept { return find(kDtypes, global); }

TensorMaker tensor_maker(std::string_view global) noexcept {
  const auto at = std::ranges::find(kMakers, global, &Maker::name);
  return at == kMakers.end() ? TensorMaker::none : at->maker;
}

bool is_known_global(std::string_view global) noexcept {
  return torch_storage_class(global) || torch_dtype(global) || tensor_maker(global) != TensorMaker::none ||
         holds(kHarmless, global) ||
         std::ranges::find(kOtherStorages, global, &Unread::name) != kOtherStorages.end();
}

std::string dotted(std::string_view global) {
  std::string text(global);
  std::ranges::replace(text, ' ', '.');
  return text;
}

}  // namespace weightsieve::format
