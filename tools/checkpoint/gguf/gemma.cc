// Gemma. The gains of its norms are whole here, not less one.

#include "tools/checkpoint/gguf/architecture.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr GgufKey kGemmaKeys[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufKey::kRequired},
};
constexpr GgufKey kLaterKeys[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufKey::kRequired},
    {"attention.sliding_window", "sliding_window", GgufKey::kRequired},
    {"final_logit_softcapping", "final_logit_softcapping"},
};

constexpr GgufTensor kLaterLayer[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"attn_q_norm", "self_attn.q_norm"},
    {"attn_k_norm", "self_attn.k_norm"},
    {"post_attention_norm", "post_attention_layernorm"},
    {"ffn_norm", "pre_feedforward_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
    {"post_ffw_norm", "post_feedforward_layernorm"},
};

// Files do not say what queries are divided by the root of: it is the width of a head, but where
// there are so many layers as in the largest model, the width by the number of heads.
void add_query_scale(GgufImport& import, uint32_t largest) {
  const json layers = import.config().value("num_hidden_layers", json());
  double width = import.head_width();
  if (layers == largest) {
    width = import.config().value("hidden_size", 0.0) /
            import.config().value("num_attention_heads", 1.0);
  }
  import.config()["query_pre_attn_scalar"] = width;
}

// Caps are what programs that run such files take where there is no key.
void finish_gemma2(GgufImport& import) {
  constexpr uint32_t kLargest = 46;
  add_query_scale(import, kLargest);
  json& config = import.config();
  config["attn_logit_softcapping"] = import.number("attn_logit_softcapping", 50);
  if (!config.contains("final_logit_softcapping")) config["final_logit_softcapping"] = 30.0;
}

// Layers with a window are turned by a base of their own, and no scaling is about them.
void finish_gemma3(GgufImport& import) {
  constexpr uint32_t kLargest = 62;
  add_query_scale(import, kLargest);
  json& config = import.config();
  json full = config.value("rope_scaling", json({{"rope_type", "default"}}));
  full["rope_theta"] = config["rope_theta"];
  config.erase("rope_theta");
  config.erase("rope_scaling");
  config["rope_parameters"] = {
      {"full_attention", full},
      {"sliding_attention",
       {{"rope_type", "default"}, {"rope_theta", import.number("rope.freq_base_swa", 10000)}}}};
  const json pattern = import.take("attention.sliding_window_pattern");
  if (pattern.is_null()) return;
  if (pattern.is_number()) {
    config["sliding_window_pattern"] = pattern;
    return;
  }
  json types = json::array();
  for (const json& slides : pattern) {
    types.push_back(slides == true ? "sliding_attention" : "full_attention");
  }
  config["layer_types"] = types;
}

constexpr const char* kImplied =
    R"({"hidden_activation": "gelu_pytorch_tanh", "tie_word_embeddings": true})";

}  // namespace

const GgufArchitecture kGgufGemma = {
    .name = "gemma",
    .model_type = "gemma",
    .keys = kGemmaKeys,
    .tensors = kGgufLlamaTensors,
    .layer = kGgufLlamaLayer,
    .prefix = "model.layers.",
    .implied = kImplied,
    .whole_gains = true,
};

const GgufArchitecture kGgufGemma2 = {
    .name = "gemma2",
    .model_type = "gemma2",
    .keys = kLaterKeys,
    .tensors = kGgufLlamaTensors,
    .layer = kLaterLayer,
    .prefix = "model.layers.",
    .implied = kImplied,
    .whole_gains = true,
    .finish = finish_gemma2,
};

const GgufArchitecture kGgufGemma3 = {
    .name = "gemma3",
    .model_type = "gemma3_text",
    .keys = kLaterKeys,
    .tensors = kGgufLlamaTensors,
    .layer = kLaterLayer,
    .prefix = "model.layers.",
    .implied = kImplied,
    .whole_gains = true,
    .finish = finish_gemma3,
};

}  // namespace fovea::tools
