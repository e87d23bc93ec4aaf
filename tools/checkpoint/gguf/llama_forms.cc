// Relatives of Llama that differ in names, biases and factors.

#include "tools/checkpoint/gguf/architecture.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr GgufKey kRmsKeys[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufKey::kRequired},
};

constexpr GgufKey kPhi3Keys[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufKey::kRequired},
    {"attention.sliding_window", "sliding_window"},
};
constexpr GgufTensor kPhi3Layer[] = {
    {"attn_norm", "input_layernorm"},    {"attn_qkv", "self_attn.qkv_proj"},
    {"attn_output", "self_attn.o_proj"}, {"ffn_norm", "post_attention_layernorm"},
    {"ffn_up", "mlp.gate_up_proj"},      {"ffn_down", "mlp.down_proj"},
};

// 0 stands for no window.
void finish_phi3(GgufImport& import) {
  if (import.config().value("sliding_window", json()) == 0u)
    import.config().erase("sliding_window");
}

constexpr GgufKey kStarcoder2Keys[] = {
    {"attention.layer_norm_epsilon", "norm_epsilon", GgufKey::kRequired},
};
constexpr GgufTensor kStarcoder2Layer[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_up", "mlp.c_fc"},
    {"ffn_down", "mlp.c_proj"},
};

void finish_starcoder2(GgufImport& import) {
  flag_by_tensor(import, "use_bias", "attn_q.bias");
}

constexpr GgufTensor kOlmo2Layer[] = {
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"attn_q_norm", "self_attn.q_norm"},
    {"attn_k_norm", "self_attn.k_norm"},
    {"post_attention_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
    {"post_ffw_norm", "post_feedforward_layernorm"},
};

constexpr GgufKey kGraniteKeys[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufKey::kRequired},
    {"attention.scale", "attention_multiplier", GgufKey::kRequired},
    {"embedding_scale", "embedding_multiplier", GgufKey::kRequired},
    {"residual_scale", "residual_multiplier", GgufKey::kRequired},
    {"logit_scale", "logits_scaling", GgufKey::kRequired},
};

constexpr GgufKey kStablelmKeys[] = {
    {"attention.layer_norm_epsilon", "layer_norm_eps", GgufKey::kRequired},
    {"use_parallel_residual", "use_parallel_residual", GgufKey::kRequired},
};
constexpr GgufTensor kStablelmLayer[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"attn_q_norm", "self_attn.q_layernorm.norms.*", GgufTensor::kEach},
    {"attn_k_norm", "self_attn.k_layernorm.norms.*", GgufTensor::kEach},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
};

void finish_stablelm(GgufImport& import) {
  flag_by_tensor(import, "use_qkv_bias", "attn_q.bias");
  flag_by_tensor(import, "qk_layernorm", "attn_q_norm.weight");
}

}  // namespace

const GgufArchitecture kGgufPhi3 = {
    .name = "phi3",
    .model_type = "phi3",
    .keys = kPhi3Keys,
    .tensors = kGgufLlamaTensors,
    .layer = kPhi3Layer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "silu"})",
    .partial = true,
    .finish = finish_phi3,
};

const GgufArchitecture kGgufStarcoder2 = {
    .name = "starcoder2",
    .model_type = "starcoder2",
    .keys = kStarcoder2Keys,
    .tensors = kGgufLlamaTensors,
    .layer = kStarcoder2Layer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "gelu_pytorch_tanh"})",
    .finish = finish_starcoder2,
};

const GgufArchitecture kGgufOlmo2 = {
    .name = "olmo2",
    .model_type = "olmo2",
    .keys = kRmsKeys,
    .tensors = kGgufLlamaTensors,
    .layer = kOlmo2Layer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "silu"})",
    .finish = [](GgufImport& import) { flag_by_tensor(import, "attention_bias", "attn_q.bias"); },
};

const GgufArchitecture kGgufGranite = {
    .name = "granite",
    .model_type = "granite",
    .keys = kGraniteKeys,
    .tensors = kGgufLlamaTensors,
    .layer = kGgufLlamaLayer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "silu"})",
    .interleaved = true,
    .finish = flag_biases,
};

const GgufArchitecture kGgufStablelm = {
    .name = "stablelm",
    .model_type = "stablelm",
    .keys = kStablelmKeys,
    .tensors = kGgufLlamaTensors,
    .layer = kStablelmLayer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "silu"})",
    .partial = true,
    .finish = finish_stablelm,
};

}  // namespace fovea::tools
