#include "report/layer_kind.hpp"

#include <catch2/catch.hpp>
#include <initializer_list>
#include <string>

using namespace weightsieve;

namespace {

void check_all(LayerKind kind, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    CAPTURE(name);
    CHECK(to_literal(layer_kind(name)).text() == to_literal(kind).text());
  }
}

struct Place {
  std::string stack;
  std::uint32_t block;
};

void check_place(const char* name, const Place& expected) {
  CAPTURE(name);
  const auto place = block_place(name);
  REQUIRE(place);
  CHECK(std::string(place->stack) == expected.stack);
  CHECK(place->block == expected.block);
}

}  // namespace

TEST_CASE("kinds of layers are known from BERT's names") {
  const std::string layer = "bert.encoder.layer.11.";
  check_all(LayerKind::embedding,
            {"bert.embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight",
             "roberta.embeddings.token_type_embeddings.weight"});
  check_all(LayerKind::norm, {"embeddings.LayerNorm.weight", "bert.encoder.layer.0.output.LayerNorm.gamma",
                              "encoder.layer.3.attention.output.LayerNorm.weight"});
  check_all(LayerKind::bias, {"embeddings.LayerNorm.bias", "encoder.layer.3.attention.self.query.bias",
                              "encoder.layer.3.output.LayerNorm.beta", "cls.predictions.bias"});
  CHECK(layer_kind(layer + "attention.self.query.weight") == LayerKind::query);
  CHECK(layer_kind(layer + "attention.self.key.weight") == LayerKind::key);
  CHECK(layer_kind(layer + "attention.self.value.weight") == LayerKind::value);
  CHECK(layer_kind(layer + "attention.output.dense.weight") == LayerKind::attention_output);
  CHECK(layer_kind(layer + "intermediate.dense.weight") == LayerKind::mlp_in);
  CHECK(layer_kind(layer + "output.dense.weight") == LayerKind::mlp_out);
  check_all(LayerKind::other, {"pooler.dense.weight", "bert.pooler.dense.weight", "classifier.weight",
                               "cls.predictions.decoder.weight", "lm_head.dense.weight"});
}

TEST_CASE("kinds of layers are known from GPT-2's names") {
  check_all(LayerKind::embedding, {"wte.weight", "transformer.wpe.weight"});
  check_all(LayerKind::norm, {"h.0.ln_1.weight", "transformer.h.11.ln_2.weight", "ln_f.weight"});
  check_all(LayerKind::query_key_value, {"h.0.attn.c_attn.weight"});
  check_all(LayerKind::attention_output, {"h.0.attn.c_proj.weight"});
  check_all(LayerKind::mlp_in, {"transformer.h.3.mlp.c_fc.weight"});
  check_all(LayerKind::mlp_out, {"transformer.h.3.mlp.c_proj.weight"});
  check_all(LayerKind::bias, {"h.0.attn.c_attn.bias", "h.0.ln_1.bias"});
}

TEST_CASE("kinds of layers are known from Llama's and Mixtral's names") {
  check_all(LayerKind::embedding, {"model.embed_tokens.weight"});
  check_all(LayerKind::norm, {"model.norm.weight", "model.layers.0.input_layernorm.weight",
                              "model.layers.31.post_attention_layernorm.weight"});
  check_all(LayerKind::query, {"model.layers.0.self_attn.q_proj.weight"});
  check_all(LayerKind::key, {"model.layers.0.self_attn.k_proj.weight"});
  check_all(LayerKind::value, {"model.layers.0.self_attn.v_proj.weight"});
  check_all(LayerKind::attention_output, {"model.layers.0.self_attn.o_proj.weight"});
  check_all(LayerKind::mlp_gate,
            {"model.layers.0.mlp.gate_proj.weight", "model.layers.3.block_sparse_moe.experts.7.w1.weight"});
  check_all(LayerKind::mlp_in,
            {"model.layers.0.mlp.up_proj.weight", "model.layers.3.block_sparse_moe.experts.7.w3.weight"});
  check_all(LayerKind::mlp_out,
            {"model.layers.0.mlp.down_proj.weight", "model.layers.3.block_sparse_moe.experts.7.w2.weight"});
  check_all(LayerKind::router, {"model.layers.3.block_sparse_moe.gate.weight"});
  check_all(LayerKind::other, {"lm_head.weight", "model.layers.0.self_attn.rotary_emb.inv_freq"});
}

TEST_CASE("kinds of layers are known from T5's names") {
  check_all(LayerKind::embedding,
            {"shared.weight", "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"});
  check_all(LayerKind::query, {"encoder.block.0.layer.0.SelfAttention.q.weight",
                               "decoder.block.5.layer.1.EncDecAttention.q.weight"});
  check_all(LayerKind::attention_output, {"decoder.block.5.layer.0.SelfAttention.o.weight"});
  check_all(LayerKind::mlp_gate, {"encoder.block.2.layer.1.DenseReluDense.wi_0.weight"});
  check_all(LayerKind::mlp_in, {"encoder.block.2.layer.1.DenseReluDense.wi.weight",
                                "encoder.block.2.layer.1.DenseReluDense.wi_1.weight"});
  check_all(LayerKind::mlp_out, {"encoder.block.2.layer.1.DenseReluDense.wo.weight"});
  check_all(LayerKind::norm,
            {"encoder.block.2.layer.1.layer_norm.weight", "decoder.final_layer_norm.weight"});
}

TEST_CASE("kinds of layers are known from GGUF's names") {
  check_all(LayerKind::embedding, {"token_embd.weight"});
  check_all(LayerKind::query, {"blk.0.attn_q.weight"});
  check_all(LayerKind::attention_output, {"blk.0.attn_output.weight"});
  check_all(LayerKind::mlp_gate, {"blk.0.ffn_gate.weight"});
  check_all(LayerKind::mlp_out, {"blk.31.ffn_down.weight"});
  check_all(LayerKind::norm, {"blk.0.attn_norm.weight", "blk.0.ffn_norm.weight", "output_norm.weight"});
  check_all(LayerKind::other, {"output.weight"});
}

TEST_CASE("names that mean nothing are other layers") {
  check_all(LayerKind::other,
            {"", ".", "..", "/", "a", "0", "conv1.weight", "layer1.0.conv1.weight", "\xFF\n"});
}

TEST_CASE("the block is the first part that is a whole number") {
  check_place("bert.encoder.layer.11.output.dense.weight", {"bert.encoder.layer", 11});
  check_place("h.0.attn.bias", {"h", 0});
  check_place("encoder.block.3.layer.1.DenseReluDense.wi.weight", {"encoder.block", 3});
  check_place("model.layers.3.block_sparse_moe.experts.7.w1.weight", {"model.layers", 3});
  check_place("0.weight", {"", 0});
  check_place("layer1.1", {"layer1", 1});
  check_place("a/7/b", {"a", 7});
}

TEST_CASE("a part that is no whole number of 32 bits is no block") {
  for (const char* name :
       {"", "wte.weight", "layer1.weight", "a.-1.b", "a.1e3.b", "a.+1", "a. 1", "a.4294967296.b", "a..b"}) {
    CAPTURE(name);
    CHECK_FALSE(block_place(name));
  }
}
