// What a layer does in its network and how deep it lies, as far as its name tells: names of BERT, GPT-2,
// Llama, Mixtral, T5, ViT and their like, and those of GGUF. Pure functions; the names need not be valid.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "report/literal.hpp"

namespace weightsieve {

enum class LayerKind : std::uint8_t {
  embedding,
  query,
  key,
  value,
  query_key_value,  ///< in one tensor
  attention_output,
  mlp_gate,
  mlp_in,
  mlp_out,
  router,  ///< of a mixture of experts
  norm,
  bias,  ///< of whatever layer
  other
};
inline constexpr std::size_t kLayerKinds = 13;

/// "attention query", "bias".
Literal to_literal(LayerKind kind) noexcept;

LayerKind layer_kind(std::string_view name) noexcept;

/// Where the first part of a name that is a whole number stands, and which number it is: "encoder.layer" and
/// 7 of "encoder.layer.7.output.dense.weight".
struct BlockPlace {
  std::string_view stack;  ///< what stands before; lives as long as the name
  std::uint32_t block = 0;
};
std::optional<BlockPlace> block_place(std::string_view name) noexcept;

}  // namespace weightsieve
