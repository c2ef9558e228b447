#include "format/ggml_type.hpp"

#include <array>

namespace weightsieve::format {
namespace {

GgmlType plain(Dtype dtype) {
  const DtypeInfo& info = dtype_info(dtype);
  return {info.name, 1, info.bits / 8, dtype};
}

GgmlType packed(BlockType type) {
  const BlockTypeInfo& info = block_type_info(type);
  return {info.name, info.elements, info.bytes, Dtype::F32, type};
}

using Types = std::array<GgmlType, 43>;

/// By number, after ggml/include/ggml.h and ggml-common.h. Those that are not named were removed.
Types make_types() {
  Types types;
  types[0] = plain(Dtype::F32);
  types[1] = plain(Dtype::F16);
  types[2] = packed(BlockType::Q4_0);
  types[3] = packed(BlockType::Q4_1);
  types[6] = packed(BlockType::Q5_0);
  types[7] = packed(BlockType::Q5_1);
  types[8] = packed(BlockType::Q8_0);
  types[9] = {"Q8_1", 32, 36};
  types[10] = packed(BlockType::Q2_K);
  types[11] = packed(BlockType::Q3_K);
  types[12] = packed(BlockType::Q4_K);
  types[13] = packed(BlockType::Q5_K);
  types[14] = packed(BlockType::Q6_K);
  types[15] = {"Q8_K", 256, 292};
  types[16] = {"IQ2_XXS", 256, 66};
  types[17] = {"IQ2_XS", 256, 74};
  types[18] = {"IQ3_XXS", 256, 98};
  types[19] = {"IQ1_S", 256, 50};
  types[20] = packed(BlockType::IQ4_NL);
  types[21] = {"IQ3_S", 256, 110};
  types[22] = {"IQ2_S", 256, 82};
  types[23] = packed(BlockType::IQ4_XS);
  types[24] = plain(Dtype::I8);
  types[25] = plain(Dtype::I16);
  types[26] = plain(Dtype::I32);
  types[27] = plain(Dtype::I64);
  types[28] = plain(Dtype::F64);
  types[29] = {"IQ1_M", 256, 56};
  types[30] = plain(Dtype::BF16);
  types[34] = packed(BlockType::TQ1_0);
  types[35] = packed(BlockType::TQ2_0);
  types[39] = packed(BlockType::MXFP4);
  types[40] = packed(BlockType::NVFP4);
  types[41] = {"Q1_0", 128, 18};
  types[42] = {"Q2_0", 64, 18};
  return types;
}

}  // namespace

const GgmlType* ggml_type(std::uint32_t number) {
  static const Types types = make_types();
  const bool is_known = number < types.size() && types[number].bytes > 0;
  return is_known ? &types[number] : nullptr;
}

}  // namespace weightsieve::format
