// gpt-oss. Gates and what they gate are tensors of their own here.

#include "tools/checkpoint/gguf/architecture.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr GgufKey kGptOssKeys[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufKey::kRequired},
    {"attention.sliding_window", "sliding_window", GgufKey::kRequired},
    {"expert_count", "num_local_experts", GgufKey::kRequired},
    {"expert_used_count", "num_experts_per_tok", GgufKey::kRequired},
};
constexpr GgufTensor kGptOssLayer[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"attn_sinks", "self_attn.sinks", GgufTensor::kWhole},
    {"post_attention_norm", "post_attention_layernorm"},
    {"ffn_gate_inp", "mlp.router"},
    {"ffn_gate_exps", "mlp.experts.gate_proj"},
    {"ffn_up_exps", "mlp.experts.up_proj"},
    {"ffn_down_exps", "mlp.experts.down_proj"},
};

// The width of an expert stands twice where it does; a ramp between pairs is not brought to whole
// ones.
void finish_gpt_oss(GgufImport& import) {
  json& config = import.config();
  const json width = import.take("expert_feed_forward_length");
  if (!width.is_null() && config.value("intermediate_size", width) != width) {
    fail("{}: {} is {}, the feed_forward_length {}; one of them is wrong", import.path(),
         import.key("expert_feed_forward_length"), show_json(width),
         show_json(config["intermediate_size"]));
  }
  config["intermediate_size"] = width;
  if (!config.contains("rope_scaling")) config["rope_scaling"] = {{"rope_type", "default"}};
  json& scaling = config["rope_scaling"];
  if (scaling.value("rope_type", "") == "yarn") scaling["truncate"] = false;
}

}  // namespace

const GgufArchitecture kGgufGptOss = {
    .name = "gpt-oss",
    .model_type = "gpt_oss",
    .keys = kGptOssKeys,
    .tensors = kGgufLlamaTensors,
    .layer = kGptOssLayer,
    .prefix = "model.layers.",
    .implied = R"({"hidden_act": "silu", "attention_bias": true})",
    .finish = finish_gpt_oss,
};

}  // namespace fovea::tools
