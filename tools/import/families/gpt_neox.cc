// GPT-NeoX and Pythia: attention and feed-forward side by side, each with a norm of its own, and a
// part of each head that turns (Black et al. 2022).

#include "tools/import/families.h"
#include "tools/import/families/fused.h"
#include "tools/import/families/gpt_layout.h"

namespace fovea::tools {
namespace {

TransformerSpec describe_gpt_neox(const Config& config, const Checkpoint& checkpoint) {
  GptForm form;
  form.width = "hidden_size";
  form.layers = "num_hidden_layers";
  form.heads = "num_attention_heads";
  form.ffn_width = "intermediate_size";
  form.positions = "max_position_embeddings";
  form.epsilon = "layer_norm_eps";
  form.activation = "hidden_act";
  form.base = "gpt_neox.";
  form.embedding = "gpt_neox.embed_in";
  form.prefix = "gpt_neox.layers.";
  form.last_norm = "gpt_neox.final_layer_norm";
  form.attention_norm = "input_layernorm";
  form.ffn_norm = "post_attention_layernorm";
  form.output = "attention.dense";
  form.up = "mlp.dense_h_to_4h";
  form.down = "mlp.dense_4h_to_h";
  form.output_bias = config.flag("attention_bias", true) ? Bias::kRequired : Bias::kNone;
  form.parallel = config.flag("use_parallel_residual", true);
  TransformerSpec spec = describe_gpt(config, form);
  TowerSpec& tower = *spec.decoder;
  AttentionSpec& self = attention_of(spec);
  fuse_groups(self, "attention.query_key_value", form.output_bias);
  self.rotary = 0;
  spec.rotaries = {{read_rotary(config, {.head_width = self.heads.key_width,
                                         .positions = tower.tokens,
                                         .partial = true,
                                         .share = 0.25})}};
  if (!checkpoint.tensors.contains("lm_head.weight")) tower.head.linear.name = "embed_out";
  tower.layers.ignored = {"attention.bias", "attention.masked_bias"};  // what a token may look at
  return spec;
}

}  // namespace

const Family kGptNeoX = {
    .model_type = "gpt_neox",
    .name = "gpt_neox",
    .architectures = {"GPTNeoXForCausalLM", "GPTNeoXModel", "GPTNeoXForSequenceClassification",
                      "GPTNeoXForTokenClassification", "GPTNeoXForQuestionAnswering"},
    .describe = describe_gpt_neox,
    .tokens = {{"bos_token_id", 0}, {"eos_token_id", 2}},
};

}  // namespace fovea::tools
