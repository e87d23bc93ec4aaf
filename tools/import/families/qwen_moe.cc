// Qwen with experts in all layers or some: Qwen3 (2025), and Qwen1.5 and 2 (Yang et al. 2024),
// where all tokens go through one more, which a gate weighs.

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/experts.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

ExpertsSpec read(const Config& config, const Checkpoint& checkpoint, const ExpertDefaults& defaults,
                 uint32_t width) {
  ExpertsSpec experts = read_experts(config, defaults);
  experts.width = config.count("moe_intermediate_size", width);
  experts.activation = config.function("hidden_act");
  experts.route = read_normalized(config);
  name_experts(checkpoint, {"mlp", "gate_proj", "up_proj", "down_proj"}, experts);
  return experts;
}

void give_experts(const Config& config, const Checkpoint& checkpoint, const ExpertsSpec& experts,
                  LlamaForm& form) {
  for (const bool with : layers_with_experts(config, checkpoint)) {
    form.experts.push_back(with ? std::optional(experts) : std::nullopt);
  }
}

// Every layer looks back over the window, or none.
TransformerSpec describe_qwen3_moe(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.kv_heads = 4;
  form.qkv = form.output = bias_if(config, "attention_bias");
  form.head_norms = {.query = "self_attn.q_norm", .key = "self_attn.k_norm"};
  if (config.flag("use_sliding_window", false)) {
    if (config.has("max_window_layers")) {
      fail(
          "{}: the config's use_sliding_window is true with max_window_layers, which not all "
          "releases "
          "of transformers read; it cannot be converted",
          config.path());
    }
    form.windows = {config.count("sliding_window", 4096)};
  }
  config.skip({"sliding_window", "max_window_layers"});
  give_experts(config, checkpoint, read(config, checkpoint, {.count = 128, .chosen = 8}, 768),
               form);
  return describe_llama(config, checkpoint, form);
}

TransformerSpec describe_qwen2_moe(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.kv_heads = 16;
  form.qkv = config.flag("qkv_bias", true) ? Bias::kRequired : Bias::kNone;
  if (config.flag("use_sliding_window", false)) {
    if (!config.has("layer_types")) {
      fail("{}: the config's use_sliding_window is true without layer_types, which would say where",
           config.path());
    }
    form.windows = sliding_windows(config, checkpoint);
  } else {
    for (const bool slides : sliding_layers(config, checkpoint, [](size_t) { return false; })) {
      if (!slides) continue;
      fail(
          "{}: the config's layer_types has sliding_attention, use_sliding_window is false; one of "
          "them is wrong",
          config.path());
    }
  }
  config.skip({"sliding_window", "max_window_layers"});
  ExpertsSpec experts = read(config, checkpoint, {.count = 60, .chosen = 4}, 1408);
  experts.besides = {shared_expert("mlp.shared_expert_gate", "mlp.shared_expert",
                                   config.count("shared_expert_intermediate_size", 5632),
                                   experts.activation)};
  give_experts(config, checkpoint, experts, form);
  return describe_llama(config, checkpoint, form);
}

}  // namespace

const Family kQwen2Moe = {
    .model_type = "qwen2_moe",
    .name = "qwen2_moe",
    .architectures = {"Qwen2MoeForCausalLM", "Qwen2MoeModel", "Qwen2MoeForSequenceClassification",
                      "Qwen2MoeForQuestionAnswering"},
    .describe = describe_qwen2_moe,
};

const Family kQwen3Moe = {
    .model_type = "qwen3_moe",
    .name = "qwen3_moe",
    .architectures = {"Qwen3MoeForCausalLM", "Qwen3MoeModel", "Qwen3MoeForSequenceClassification",
                      "Qwen3MoeForQuestionAnswering"},
    .describe = describe_qwen3_moe,
};

}  // namespace fovea::tools
