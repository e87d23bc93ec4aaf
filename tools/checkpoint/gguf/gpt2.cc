// GPT-2. Its matrices are as everybody else has them, not transposed.

#include <utility>

#include "tools/checkpoint/gguf/architecture.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr GgufKey kGpt2Keys[] = {
    {"attention.layer_norm_epsilon", "layer_norm_epsilon", GgufKey::kRequired},
};
constexpr GgufTensor kGpt2Tensors[] = {
    {"token_embd", "transformer.wte"},
    {"position_embd", "transformer.wpe"},
    {"output_norm", "transformer.ln_f"},
    {"output", "lm_head"},
};
constexpr GgufTensor kGpt2Layer[] = {
    {"attn_norm", "ln_1"}, {"attn_qkv", "attn.c_attn"}, {"attn_output", "attn.c_proj"},
    {"ffn_norm", "ln_2"},  {"ffn_up", "mlp.c_fc"},      {"ffn_down", "mlp.c_proj"},
};

// This family's own words.
void finish_gpt2(GgufImport& import) {
  json& config = import.config();
  for (const auto& [usual, own] : {std::pair("hidden_size", "n_embd"),
                                   {"num_hidden_layers", "n_layer"},
                                   {"num_attention_heads", "n_head"},
                                   {"intermediate_size", "n_inner"},
                                   {"max_position_embeddings", "n_positions"}}) {
    if (config.contains(usual)) config[own] = config[usual];
    config.erase(usual);
  }
  config.erase("num_key_value_heads");  // as many as heads
}

}  // namespace

const GgufArchitecture kGgufGpt2 = {
    .name = "gpt2",
    .model_type = "gpt2",
    .keys = kGpt2Keys,
    .tensors = kGpt2Tensors,
    .layer = kGpt2Layer,
    .prefix = "transformer.h.",
    .implied = R"({"activation_function": "gelu_new"})",
    .upright = true,
    .turned = false,
    .finish = finish_gpt2,
};

}  // namespace fovea::tools
