// GLM-4 (2024): Llamas half of whose heads turn, neighbours together; GLM-4-0414 (2025) also norms
// what its parts made. Nemotron (Parmar et al. 2024), half of whose heads turn, too, has layer
// norms that are stored less one, and squares what ReLU makes instead of gating.

#include "tools/import/families.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

LlamaForm glm_form(const Config& config) {
  LlamaForm form;
  form.kv_heads = 2;
  form.head_width = 128;
  form.norm.epsilon = 1.5625e-7f;
  form.qkv = config.flag("attention_bias", true) ? Bias::kRequired : Bias::kNone;
  form.fused_ffn = form.interleaved = true;
  form.partial = 0.5;
  return form;
}

TransformerSpec describe_glm(const Config& config, const Checkpoint& checkpoint) {
  return describe_llama(config, checkpoint, glm_form(config));
}

TransformerSpec describe_glm4(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form = glm_form(config);
  form.names.attention_after = "post_self_attn_layernorm";
  form.names.ffn_after = "post_mlp_layernorm";
  return describe_llama(config, checkpoint, form);
}

TransformerSpec describe_nemotron(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.norm = {.epsilon = 1e-5f};
  form.norm.add = 1;
  form.epsilon = "norm_eps";
  form.qkv = form.output = bias_if(config, "attention_bias");
  form.ffn = bias_if(config, "mlp_bias");
  form.partial = 0.5;
  form.squared = true;
  return describe_llama(config, checkpoint, form);
}

}  // namespace

const Family kGlm = {
    .model_type = "glm",
    .name = "glm",
    .architectures = {"GlmForCausalLM", "GlmModel", "GlmForSequenceClassification",
                      "GlmForTokenClassification"},
    .describe = describe_glm,
    .tokens = {{"eos_token_id", 151329}},
};

const Family kGlm4 = {
    .model_type = "glm4",
    .name = "glm4",
    .architectures = {"Glm4ForCausalLM", "Glm4Model", "Glm4ForSequenceClassification",
                      "Glm4ForTokenClassification"},
    .describe = describe_glm4,
    .tokens = {{"eos_token_id", 151329}},
};

const Family kNemotron = {
    .model_type = "nemotron",
    .name = "nemotron",
    .architectures = {"NemotronForCausalLM", "NemotronModel", "NemotronForSequenceClassification",
                      "NemotronForTokenClassification", "NemotronForQuestionAnswering"},
    .describe = describe_nemotron,
    .tokens = {{"bos_token_id", 2}, {"eos_token_id", 3}},
};

}  // namespace fovea::tools
