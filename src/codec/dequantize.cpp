#include "weightsieve/codec/dequantize.hpp"

#include <cassert>

#include "codec/small_blocks.hpp"
#include "codec/super_blocks.hpp"

namespace weightsieve {
namespace {

using Decode = void (*)(const std::byte* block, float* out) noexcept;

template <BlockType kType, Decode kDecode>
void decode_all(Bytes blocks, std::span<float> values) noexcept {
  const BlockTypeInfo& info = block_type_info(kType);
  assert(blocks.size() % info.bytes == 0 && values.size() == blocks.size() / info.bytes * info.elements);
  float* out = values.data();
  for (std::size_t at = 0; at < blocks.size(); at += info.bytes, out += info.elements)
    kDecode(blocks.data() + at, out);
}

}  // namespace

void dequantize(BlockType type, Bytes blocks, std::span<float> values) noexcept {
  using namespace codec;
  switch (type) {
    case BlockType::none:
      return;
    case BlockType::Q4_0:
      return decode_all<BlockType::Q4_0, decode_q4_0>(blocks, values);
    case BlockType::Q4_1:
      return decode_all<BlockType::Q4_1, decode_q4_1>(blocks, values);
    case BlockType::Q5_0:
      return decode_all<BlockType::Q5_0, decode_q5_0>(blocks, values);
    case BlockType::Q5_1:
      return decode_all<BlockType::Q5_1, decode_q5_1>(blocks, values);
    case BlockType::Q8_0:
      return decode_all<BlockType::Q8_0, decode_q8_0>(blocks, values);
    case BlockType::Q2_K:
      return decode_all<BlockType::Q2_K, decode_q2_k>(blocks, values);
    case BlockType::Q3_K:
      return decode_all<BlockType::Q3_K, decode_q3_k>(blocks, values);
    case BlockType::Q4_K:
      return decode_all<BlockType::Q4_K, decode_q4_k>(blocks, values);
    case BlockType::Q5_K:
      return decode_all<BlockType::Q5_K, decode_q5_k>(blocks, values);
    case BlockType::Q6_K:
      return decode_all<BlockType::Q6_K, decode_q6_k>(blocks, values);
    case BlockType::IQ4_NL:
      return decode_all<BlockType::IQ4_NL, decode_iq4_nl>(blocks, values);
    case BlockType::IQ4_XS:
      return decode_all<BlockType::IQ4_XS, decode_iq4_xs>(blocks, values);
    case BlockType::TQ1_0:
      return decode_all<BlockType::TQ1_0, decode_tq1_0>(blocks, values);
    case BlockType::TQ2_0:
      return decode_all<BlockType::TQ2_0, decode_tq2_0>(blocks, values);
    case BlockType::MXFP4:
      return decode_all<BlockType::MXFP4, decode_mxfp4>(blocks, values);
    case BlockType::NVFP4:
      return decode_all<BlockType::NVFP4, decode_nvfp4>(blocks, values);
  }
}

}  // namespace weightsieve
