// Qwen 2 and 3, without experts and with them.

#include "tools/checkpoint/gguf/architecture.h"

namespace fovea::tools {
namespace {

constexpr GgufKey kQwenKeys[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufKey::kRequired},
};
constexpr GgufKey kMoeKeys[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufKey::kRequired},
    {"expert_count", "num_experts", GgufKey::kRequired},
    {"expert_used_count", "num_experts_per_tok", GgufKey::kRequired},
    {"expert_feed_forward_length", "moe_intermediate_size", GgufKey::kRequired},
    {"expert_shared_feed_forward_length", "shared_expert_intermediate_size"},
};

void flag_attention_bias(GgufImport& import) {
  flag_by_tensor(import, "attention_bias", "attn_q.bias");
}

}  // namespace

const GgufArchitecture kGgufQwen2 = {
    .name = "qwen2",
    .model_type = "qwen2",
    .keys = kQwenKeys,
    .tensors = kGgufLlamaTensors,
    .layer = kGgufLlamaLayer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "silu"})",
};

const GgufArchitecture kGgufQwen3 = {
    .name = "qwen3",
    .model_type = "qwen3",
    .keys = kQwenKeys,
    .tensors = kGgufLlamaTensors,
    .layer = kGgufLlamaLayer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "silu"})",
    .finish = flag_attention_bias,
};

// Programs that run such files do not divide by the sum of the chosen experts' shares.
const GgufArchitecture kGgufQwen2Moe = {
    .name = "qwen2moe",
    .model_type = "qwen2_moe",
    .keys = kMoeKeys,
    .tensors = kGgufLlamaTensors,
    .layer = kGgufLlamaLayer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "silu", "norm_topk_prob": false})",
    .finish = [](GgufImport& import) { flag_by_tensor(import, "qkv_bias", "attn_q.bias"); },
};

// They do here.
const GgufArchitecture kGgufQwen3Moe = {
    .name = "qwen3moe",
    .model_type = "qwen3_moe",
    .keys = kMoeKeys,
    .tensors = kGgufLlamaTensors,
    .layer = kGgufLlamaLayer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "silu", "norm_topk_prob": true})",
    .finish = flag_attention_bias,
};

}  // namespace fovea::tools
