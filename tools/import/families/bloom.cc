// BLOOM (Le Scao et al. 2022) and MPT (MosaicML 2023): a penalty that grows with the distance of a
// key (ALiBi) stands for positions. BLOOM norms its embeddings, MPT has no biases.

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/fused.h"
#include "tools/import/families/gpt_layout.h"

namespace fovea::tools {
namespace {

TransformerSpec describe_bloom(const Config& config, const Checkpoint&) {
  GptForm form;
  form.width = config.has("n_embed") ? "n_embed" : "hidden_size";
  form.layers = config.has("n_layer") ? "n_layer" : "num_hidden_layers";
  form.heads = config.has("n_head") ? "n_head" : "num_attention_heads";
  form.ffn_width = "n_inner";
  form.positions = "seq_length";
  form.positions_otherwise = 2048;
  form.activation = nullptr;
  form.embedding = "transformer.word_embeddings";
  form.attention_norm = "input_layernorm";
  form.ffn_norm = "post_attention_layernorm";
  form.output = "self_attention.dense";
  form.up = "mlp.dense_h_to_4h";
  form.down = "mlp.dense_4h_to_h";
  form.output_bias = Bias::kRequired;
  form.tied = true;
  config.expect("apply_residual_connection_post_layernorm", false);
  config.expect("skip_bias_add", true);
  config.expect("skip_bias_add_qkv", false);
  // Steps of a program that make the same numbers.
  config.skip({"attention_softmax_in_fp32", "bias_dropout_fusion", "masked_softmax_fusion",
               "offset_alibi", "pretraining_tp", "slow_but_exact"});
  TransformerSpec spec = describe_gpt(config, form);
  fuse_groups(attention_of(spec), "self_attention.query_key_value", Bias::kRequired);
  spec.decoder->embedding.norm = "transformer.word_embeddings_layernorm";
  add_alibi(config, spec);
  return spec;
}

// A number or a word that has to be this one where it is there.
template <typename T>
void expect_value(const Config& config, const char* key, const T& wanted) {
  if (!config.has(key) || config.at(key) == nlohmann::json(wanted)) return;
  fail("{}: the config says {} is {}; models where it is {} can be converted", config.path(),
       config.name(key), show_json(config.at(key)), wanted);
}

// "attn_config", of which transformers has little.
void read_mpt_attention(const Config& config, AttentionSpec& self) {
  if (!config.has("attn_config")) return;
  const Config inside = config.object("attn_config");
  inside.expect("alibi", true);
  expect_value(inside, "alibi_bias_max", 8);
  expect_value(inside, "attn_type", "multihead_attention");
  inside.expect("qk_ln", false);
  inside.expect("prefix_lm", false);
  inside.expect("attn_uses_sequence_id", false);
  if (inside.has("clip_qkv")) self.clip = static_cast<float>(inside.positive("clip_qkv"));
  if (inside.has("softmax_scale")) self.scale = inside.positive("softmax_scale");
  // How a program computes the same, and what every class of settings of transformers 4 had.
  inside.skip({"attn_impl", "tie_word_embeddings"});
  inside.skip_inert();
}

TransformerSpec describe_mpt(const Config& config, const Checkpoint&) {
  GptForm form;
  form.width = "d_model";
  form.layers = "n_layers";
  form.heads = "n_heads";
  form.ffn_width = nullptr;
  form.positions = "max_seq_len";
  form.activation = nullptr;
  form.prefix = "transformer.blocks.";
  form.last_norm = "transformer.norm_f";
  form.attention_norm = "norm_1";
  form.ffn_norm = "norm_2";
  form.up = "ffn.up_proj";
  form.down = "ffn.down_proj";
  form.ffn = Bias::kNone;
  form.tied = true;
  expect_value(config, "expansion_ratio", 4);
  expect_value(config, "embedding_fraction", 1.0);
  config.choice("norm_type", "low_precision_layernorm", {"low_precision_layernorm", "layernorm"});
  config.expect("no_bias", true);
  if (config.has("logit_scale")) {
    fail("{}: the config says logit_scale is {}; models without it can be converted", config.path(),
         show_json(config.at("logit_scale")));
  }
  // Positions are ALiBi's whatever this says; the others are about training.
  config.skip({"learned_pos_emb", "init_config", "init_device", "tokenizer_name", "verbose"});
  TransformerSpec spec = describe_gpt(config, form);
  AttentionSpec& self = attention_of(spec);
  feed_forward_of(spec).activation = schema::Function::GeluErf;
  fuse_rows(self, "attn.Wqkv", Bias::kNone);
  spec.norm.bias = false;
  add_alibi(config, spec);
  read_mpt_attention(config, self);
  return spec;
}

}  // namespace

const Family kBloom = {
    .model_type = "bloom",
    .name = "bloom",
    .architectures = {"BloomForCausalLM", "BloomModel", "BloomForSequenceClassification",
                      "BloomForTokenClassification", "BloomForQuestionAnswering"},
    .describe = describe_bloom,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

const Family kMpt = {
    .model_type = "mpt",
    .name = "mpt",
    .architectures = {"MptForCausalLM", "MPTForCausalLM", "MptModel",
                      "MptForSequenceClassification", "MptForTokenClassification",
                      "MptForQuestionAnswering"},
    .describe = describe_mpt,
};

}  // namespace fovea::tools
