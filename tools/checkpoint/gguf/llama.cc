// Llama, and Mixtral, which is a Llama with experts; Mistral and SmolLM2 come under this name, too.

#include "tools/checkpoint/gguf/architecture.h"

namespace fovea::tools {
namespace {

constexpr GgufTensor kTensors[] = {
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm"},
    {"output", "lm_head"},
};

constexpr GgufTensor kLayer[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"attn_q_norm", "self_attn.q_norm"},
    {"attn_k_norm", "self_attn.k_norm"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
    {"ffn_gate_inp", "mlp.gate"},
    {"ffn_gate_exps", "mlp.experts.*.gate_proj", GgufTensor::kEach},
    {"ffn_up_exps", "mlp.experts.*.up_proj", GgufTensor::kEach},
    {"ffn_down_exps", "mlp.experts.*.down_proj", GgufTensor::kEach},
    {"ffn_gate_inp_shexp", "mlp.shared_expert_gate"},
    {"ffn_gate_shexp", "mlp.shared_expert.gate_proj"},
    {"ffn_up_shexp", "mlp.shared_expert.up_proj"},
    {"ffn_down_shexp", "mlp.shared_expert.down_proj"},
};

constexpr GgufTensor kMixtralLayer[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate_inp", "block_sparse_moe.gate"},
    {"ffn_gate_exps", "block_sparse_moe.experts.*.w1", GgufTensor::kEach},
    {"ffn_up_exps", "block_sparse_moe.experts.*.w3", GgufTensor::kEach},
    {"ffn_down_exps", "block_sparse_moe.experts.*.w2", GgufTensor::kEach},
};

constexpr GgufKey kLlamaKeys[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufKey::kRequired},
};
constexpr GgufKey kMixtralKeys[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufKey::kRequired},
    {"expert_count", "num_local_experts", GgufKey::kRequired},
    {"expert_used_count", "num_experts_per_tok", GgufKey::kRequired},
};

}  // namespace

const std::span<const GgufTensor> kGgufLlamaTensors = kTensors, kGgufLlamaLayer = kLayer;

const GgufArchitecture kGgufLlama = {
    .name = "llama",
    .model_type = "llama",
    .keys = kLlamaKeys,
    .tensors = kTensors,
    .layer = kLayer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "silu"})",
    .interleaved = true,
    .finish = flag_biases,
};

const GgufArchitecture kGgufMixtral = {
    .name = "llama",
    .model_type = "mixtral",
    .keys = kMixtralKeys,
    .tensors = kTensors,
    .layer = kMixtralLayer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "silu"})",
    .interleaved = true,
};

}  // namespace fovea::tools
