// Llamas with layer norms: Phi (Li et al. 2023), whose parts stand side by side and whose
// feed-forward has no gate, StableLM (Bellagente et al. 2024) and StarCoder 2 (Lozhkov et al.
// 2024). Of Phi and StableLM part of a head turns.

#include "tools/import/families.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

TransformerSpec describe_phi(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.norm = {.epsilon = 1e-5f};
  form.epsilon = "layer_norm_eps";
  form.qkv = form.output = form.ffn = Bias::kRequired;
  form.names.output = "self_attn.dense";
  form.names.gate = "";
  form.names.up = "mlp.fc1";
  form.names.down = "mlp.fc2";
  form.last_norm = "model.final_layernorm";
  form.parallel = true;
  form.partial = 0.5;
  if (config.flag("qk_layernorm", false)) {
    form.head_norms = {
        .query = "self_attn.q_layernorm", .key = "self_attn.k_layernorm", .bias = true};
  }
  TransformerSpec spec = describe_llama(config, checkpoint, form);
  spec.decoder->head.linear.bias = Bias::kRequired;
  return spec;
}

TransformerSpec describe_stablelm(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.norm = {.epsilon = 1e-5f};
  form.epsilon = "layer_norm_eps";
  form.kv_heads = 32;
  form.qkv = bias_if(config, "use_qkv_bias");
  form.parallel = config.flag("use_parallel_residual", false);
  form.partial = 0.25;
  if (config.flag("qk_layernorm", false)) {
    form.head_norms = {HeadNormsSpec::kListed, "self_attn.q_layernorm", "self_attn.k_layernorm"};
  }
  return describe_llama(config, checkpoint, form);
}

TransformerSpec describe_starcoder2(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.norm = {.epsilon = 1e-5f};
  form.epsilon = "norm_epsilon";
  form.kv_heads = 2;
  const bool biased = config.flag("use_bias", true);
  form.qkv = form.output = form.ffn = biased ? Bias::kRequired : Bias::kNone;
  form.names.gate = "";
  form.names.up = "mlp.c_fc";
  form.names.down = "mlp.c_proj";
  form.tied = true;
  if (config.has("sliding_window")) form.windows = {config.count("sliding_window")};
  config.choice("mlp_type", "default", {"default"});
  config.choice("norm_type", "layer_norm", {"layer_norm"});
  config.expect("scale_attn_weights", true);
  // Other names of what is read, and steps of a program that make the same numbers.
  config.skip({"activation_function", "layer_norm_epsilon", "attention_softmax_in_fp32",
               "scale_attention_softmax_in_fp32"});
  return describe_llama(config, checkpoint, form);
}

}  // namespace

const Family kPhi = {
    .model_type = "phi",
    .name = "phi",
    .architectures = {"PhiForCausalLM", "PhiModel", "PhiForSequenceClassification",
                      "PhiForTokenClassification"},
    .describe = describe_phi,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

const Family kStableLm = {
    .model_type = "stablelm",
    .name = "stablelm",
    .architectures = {"StableLmForCausalLM", "StableLmModel", "StableLmForSequenceClassification",
                      "StableLmForTokenClassification"},
    .describe = describe_stablelm,
    .tokens = {{"bos_token_id", 0}, {"eos_token_id", 0}},
};

const Family kStarcoder2 = {
    .model_type = "starcoder2",
    .name = "starcoder2",
    .architectures = {"Starcoder2ForCausalLM", "Starcoder2Model",
                      "Starcoder2ForSequenceClassification", "Starcoder2ForTokenClassification"},
    .describe = describe_starcoder2,
    .tokens = {{"bos_token_id", 50256}, {"eos_token_id", 50256}},
};

}  // namespace fovea::tools
