#include "report/layer_kind.hpp"

#include <algorithm>
#include <charconv>
#include <span>

namespace weightsieve {
namespace {

struct Word {
  std::string_view word;
  LayerKind kind;
};

/// Whole parts of names that mean the same wherever they stand.
constexpr Word kAnywhere[] = {
    {"gamma", LayerKind::norm},          {"beta", LayerKind::bias},
    {"wte", LayerKind::embedding},       {"wpe", LayerKind::embedding},
    {"shared", LayerKind::embedding},    {"token_embd", LayerKind::embedding},
    {"cls_token", LayerKind::embedding}, {"relative_attention_bias", LayerKind::embedding},
    {"classifier", LayerKind::other},    {"lm_head", LayerKind::other},
    {"pooler", LayerKind::other},
};

/// Parts that mean it in an attention layer alone.
constexpr Word kAttention[] = {
    {"q", LayerKind::query},
    {"q_proj", LayerKind::query},
    {"q_lin", LayerKind::query},
    {"query", LayerKind::query},
    {"attn_q", LayerKind::query},
    {"k", LayerKind::key},
    {"k_proj", LayerKind::key},
    {"k_lin", LayerKind::key},
    {"key", LayerKind::key},
    {"attn_k", LayerKind::key},
    {"v", LayerKind::value},
    {"v_proj", LayerKind::value},
    {"v_lin", LayerKind::value},
    {"value", LayerKind::value},
    {"attn_v", LayerKind::value},
    {"c_attn", LayerKind::query_key_value},
    {"qkv", LayerKind::query_key_value},
    {"qkv_proj", LayerKind::query_key_value},
    {"Wqkv", LayerKind::query_key_value},
    {"query_key_value", LayerKind::query_key_value},
    {"in_proj_weight", LayerKind::query_key_value},
    {"attn_qkv", LayerKind::query_key_value},
    {"o", LayerKind::attention_output},
    {"o_proj", LayerKind::attention_output},
    {"out_proj", LayerKind::attention_output},
    {"out_lin", LayerKind::attention_output},
    {"c_proj", LayerKind::attention_output},
    {"proj", LayerKind::attention_output},
    {"dense", LayerKind::attention_output},
    {"attn_output", LayerKind::attention_output},
};

/// Parts that mean it in any other layer of a block.
constexpr Word kMlp[] = {
    {"gate_proj", LayerKind::mlp_gate},
    {"w1", LayerKind::mlp_gate},
    {"wi_0", LayerKind::mlp_gate},
    {"ffn_gate", LayerKind::mlp_gate},
    {"ffn_gate_exps", LayerKind::mlp_gate},
    {"up_proj", LayerKind::mlp_in},
    {"w3", LayerKind::mlp_in},
    {"wi", LayerKind::mlp_in},
    {"wi_1", LayerKind::mlp_in},
    {"c_fc", LayerKind::mlp_in},
    {"fc1", LayerKind::mlp_in},
    {"lin1", LayerKind::mlp_in},
    {"intermediate", LayerKind::mlp_in},
    {"dense_h_to_4h", LayerKind::mlp_in},
    {"gate_up_proj", LayerKind::mlp_in},
    {"ffn_up", LayerKind::mlp_in},
    {"ffn_up_exps", LayerKind::mlp_in},
    {"down_proj", LayerKind::mlp_out},
    {"w2", LayerKind::mlp_out},
    {"wo", LayerKind::mlp_out},
    {"c_proj", LayerKind::mlp_out},
    {"fc2", LayerKind::mlp_out},
    {"lin2", LayerKind::mlp_out},
    {"output", LayerKind::mlp_out},
    {"dense_4h_to_h", LayerKind::mlp_out},
    {"ffn_down", LayerKind::mlp_out},
    {"ffn_down_exps", LayerKind::mlp_out},
    {"gate", LayerKind::router},
    {"router", LayerKind::router},
    {"ffn_gate_inp", LayerKind::router},
};

/// Takes the first part off.
std::string_view take_part(std::string_view& rest) noexcept {
  const std::size_t end = std::min(rest.find_first_of("./"), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

template <class Matches>
bool any_part(std::string_view name, Matches matches) {
  while (!name.empty())
    if (matches(take_part(name))) return true;
  return false;
}

bool contains(std::string_view text, std::string_view word) noexcept {
  return text.find(word) != std::string_view::npos;
}

std::optional<LayerKind> look_up(std::string_view name, std::span<const Word> words) {
  for (const Word& one : words)
    if (any_part(name, [&one](std::string_view part) { return part == one.word; })) return one.kind;
  return std::nullopt;
}

bool is_norm(std::string_view part) noexcept {
  return contains(part, "norm") || contains(part, "Norm") || part.starts_with("ln_") || part == "ln1" ||
         part == "ln2";
}

bool is_attention(std::string_view part) noexcept {
  return contains(part, "attn") || contains(part, "attention") || contains(part, "Attention");
}

std::optional<std::uint32_t> whole_number(std::string_view part) noexcept {
  std::uint32_t number = 0;
  const char* const end = part.data() + part.size();
  const auto [stop, error] = std::from_chars(part.data(), end, number);
  if (part.empty() || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

Literal to_literal(LayerKind kind) noexcept {
  constexpr std::array<Literal, kLayerKinds> names{"embedding",
                                                   "attention query",
                                                   "attention key",
                                                   "attention value",
                                                   "attention query, key, value",
                                                   "attention output",
                                                   "mlp gate",
                                                   "mlp in",
                                                   "mlp out",
                                                   "router",
                                                   "norm",
                                                   "bias",
                                                   "other"};
  return names[static_cast<std::size_t>(kind)];
}

LayerKind layer_kind(std::string_view name) noexcept {
  if (name.ends_with(".bias") || name.ends_with("_bias") || name == "bias") return LayerKind::bias;
  if (const auto kind = look_up(name, kAnywhere)) return *kind;
  if (any_part(name, is_norm)) return LayerKind::norm;
  if (any_part(name, [](std::string_view part) { return contains(part, "embed"); }))
    return LayerKind::embedding;
  if (any_part(name, is_attention)) return look_up(name, kAttention).value_or(LayerKind::other);
  if (!block_place(name)) return LayerKind::other;
  return look_up(name, kMlp).value_or(LayerKind::other);
}

std::optional<BlockPlace> block_place(std::string_view name) noexcept {
  for (std::string_view rest = name; !rest.empty();) {
    const auto before = static_cast<std::size_t>(rest.data() - name.data());
    if (const auto block = whole_number(take_part(rest)))
      return BlockPlace{name.substr(0, before == 0 ? 0 : before - 1), *block};
  }
  return std::nullopt;
}

}  // namespace weightsieve
