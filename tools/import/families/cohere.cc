// Command R: attention and feed-forward side by side, layer norms without biases, logits scaled.
// In Command R7B (2024) layers with a window turn queries and keys, those without know no
// positions.

#include "tools/import/families.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

LlamaForm cohere_form(const Config& config) {
  LlamaForm form;
  form.qkv = form.output = bias_if(config, "attention_bias");
  form.norm = {.bias = false, .epsilon = 1e-5f};
  form.epsilon = "layer_norm_eps";
  form.parallel = form.interleaved = form.tied = true;
  return form;
}

TransformerSpec describe_cohere(const Config& config, const Checkpoint& checkpoint,
                                const LlamaForm& form) {
  TransformerSpec spec = describe_llama(config, checkpoint, form);
  spec.decoder->head.scale = static_cast<float>(config.positive("logit_scale", 0.0625));
  return spec;
}

TransformerSpec describe_cohere(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form = cohere_form(config);
  form.theta = 0;  // 10000 in transformers 4, 500000 in 5
  if (config.flag("use_qk_norm", false)) {
    form.head_norms = {HeadNormsSpec::kOwn, "self_attn.q_norm", "self_attn.k_norm"};
  }
  return describe_cohere(config, checkpoint, form);
}

// What its authors' own program could do otherwise.
void expect_usual_cohere(const Config& config) {
  config.choice("order_of_interleaved_layers", "local_attn_first", {"local_attn_first"});
  config.choice("position_embedding_type", "rope_gptj", {"rope_gptj"});
  config.expect("use_embedding_sharing", true);
  config.expect("use_gated_activation", true);
  config.expect("use_parallel_block", true);
  config.expect("use_parallel_embedding", false);
  config.skip({"cache_implementation"});  // of a program's memory
}

TransformerSpec describe_cohere2(const Config& config, const Checkpoint& checkpoint) {
  expect_usual_cohere(config);
  LlamaForm form = cohere_form(config);
  const uint32_t window = config.count("sliding_window", 4096);
  const uint32_t full = config.count("sliding_window_pattern", config.count("layer_switch", 4));
  form.turned = sliding_layers(config, checkpoint, [&](size_t i) { return (i + 1) % full != 0; });
  for (const bool here : form.turned) form.windows.push_back(here ? window : 0);
  return describe_cohere(config, checkpoint, form);
}

}  // namespace

const Family kCohere = {
    .model_type = "cohere",
    .name = "cohere",
    .architectures = {"CohereForCausalLM", "CohereModel"},
    .describe = describe_cohere,
    .tokens = {{"bos_token_id", 5}, {"eos_token_id", 255001}},
};

const Family kCohere2 = {
    .model_type = "cohere2",
    .name = "cohere2",
    .architectures = {"Cohere2ForCausalLM", "Cohere2Model"},
    .describe = describe_cohere2,
    .tokens = {{"bos_token_id", 5}, {"eos_token_id", 255001}},
};

}  // namespace fovea::tools
