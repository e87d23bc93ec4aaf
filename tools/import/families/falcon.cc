// Falcon (Almazrouei et al. 2023) and StarCoder (Li et al. 2023), whose heads share keys and
// values: all of them, or those of a group. Falcon's layers put their parts side by side.

#include <cmath>
#include <cstring>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/fused.h"
#include "tools/import/families/gpt_layout.h"

namespace fovea::tools {
namespace {

// How many keys all heads share.
uint32_t falcon_keys(const Config& config, uint32_t heads, bool grouped) {
  const bool single = config.flag("multi_query", true);
  const uint32_t keys = config.count("num_kv_heads", heads);
  if (!grouped && single) return 1;
  if (!grouped && keys != heads) {
    fail(
        "{}: the config says num_kv_heads is {} for {} heads; without new_decoder_architecture "
        "there are as many",
        config.path(), keys, heads);
  }
  if (heads % keys != 0) config.divided("num_attention_heads", "num_kv_heads");
  return keys;
}

// Names of the layers' norms: one for both parts, one for each, or each before its part.
void name_norms(const Config& config, bool grouped, GptForm& form) {
  form.parallel = config.flag("parallel_attn", true);
  const uint32_t norms = config.count("num_ln_in_parallel_attn", grouped ? 2 : 1);
  if ((grouped && !form.parallel) || norms > 2 || (!grouped && norms == 2)) {
    fail(
        "{}: the config's num_ln_in_parallel_attn of {} is not known beside parallel_attn {} and "
        "new_decoder_architecture {}",
        config.path(), norms, form.parallel, grouped);
  }
  form.attention_norm = norms == 2 ? "ln_attn" : "input_layernorm";
  form.ffn_norm = norms == 2 ? "ln_mlp" : form.attention_norm;
  if (!form.parallel) form.ffn_norm = "post_attention_layernorm";
}

GptForm falcon_form(const Config& config, bool grouped) {
  GptForm form;
  form.width = "hidden_size";
  form.layers = "num_hidden_layers";
  form.heads = "num_attention_heads";
  form.ffn_width = "ffn_hidden_size";
  form.positions = "max_position_embeddings";
  form.positions_otherwise = 2048;
  form.activation = config.has("activation") ? "activation" : nullptr;
  form.embedding = "transformer.word_embeddings";
  form.output = "self_attention.dense";
  form.up = "mlp.dense_h_to_4h";
  form.down = "mlp.dense_4h_to_h";
  form.ffn = form.output_bias = config.flag("bias", false) ? Bias::kRequired : Bias::kNone;
  form.tied = true;
  name_norms(config, grouped, form);
  return form;
}

// To the nearest number that bfloat16 has, as where these models were trained.
float to_bfloat16(float number) {
  uint32_t bits = 0;
  std::memcpy(&bits, &number, sizeof(bits));
  bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000;
  std::memcpy(&number, &bits, sizeof(bits));
  return number;
}

// Penalties are scaled as scores are. Programs round them to bfloat16, so that far keys share one;
// here each has its own.
void scale_slopes(AttentionSpec& self) {
  const float scale = 1 / std::sqrt(static_cast<float>(self.heads.key_width));
  for (float& slope : self.slopes) slope = to_bfloat16(slope) * scale;
}

TransformerSpec describe_falcon(const Config& config, const Checkpoint&) {
  const bool grouped = config.flag("new_decoder_architecture", false);
  const GptForm form = falcon_form(config, grouped);
  TransformerSpec spec = describe_gpt(config, form);
  AttentionSpec& self = attention_of(spec);
  if (form.activation == nullptr) feed_forward_of(spec).activation = schema::Function::GeluErf;
  self.heads.kv_count = falcon_keys(config, self.heads.count, grouped);
  fuse_groups(self, "self_attention.query_key_value", form.output_bias);
  const Rotary rotary =
      read_rotary(config, {.head_width = self.heads.key_width, .positions = spec.decoder->tokens});
  if (config.flag("alibi", false)) {
    add_alibi(config, spec);
    scale_slopes(self);
  } else {
    self.rotary = 0;
    spec.rotaries = {{rotary}};
  }
  return spec;
}

TransformerSpec describe_bigcode(const Config& config, const Checkpoint&) {
  GptForm form;
  form.output = "attn.c_proj";
  form.up = "mlp.c_fc";
  form.down = "mlp.c_proj";
  form.output_bias = Bias::kRequired;
  form.tied = true;
  TransformerSpec spec = describe_gpt(config, form);
  AttentionSpec& self = attention_of(spec);
  if (config.flag("multi_query", true)) self.heads.kv_count = 1;
  if (const uint32_t said = config.count("num_key_value_heads", self.heads.kv_count);
      said != self.heads.kv_count) {
    fail(
        "{}: the config says num_key_value_heads is {}, its multi_query makes them {}; one of them "
        "is wrong",
        config.path(), said, self.heads.kv_count);
  }
  fuse_groups(self, "attn.c_attn", Bias::kRequired);
  if (!config.flag("scale_attn_weights", true)) self.scale = 1;
  spec.decoder->embedding.positions = {PositionsSpec::kLearned, "transformer.wpe.weight"};
  spec.decoder->layers.ignored = {"attn.bias", "attn.masked_bias"};  // what a token may look at
  // How a program computes the same.
  config.skip({"attention_softmax_in_fp32", "scale_attention_softmax_in_fp32", "inference_runner",
               "max_batch_size", "pad_key_length", "pre_allocate_kv_cache",
               "runner_max_sequence_length", "validate_runner_input"});
  return spec;
}

}  // namespace

const Family kFalcon = {
    .model_type = "falcon",
    .name = "falcon",
    .architectures = {"FalconForCausalLM", "FalconModel", "FalconForSequenceClassification",
                      "FalconForTokenClassification", "FalconForQuestionAnswering"},
    .describe = describe_falcon,
    .tokens = {{"bos_token_id", 11}, {"eos_token_id", 11}},
};

const Family kGptBigCode = {
    .model_type = "gpt_bigcode",
    .name = "gpt_bigcode",
    .architectures = {"GPTBigCodeForCausalLM", "GPTBigCodeModel",
                      "GPTBigCodeForSequenceClassification", "GPTBigCodeForTokenClassification"},
    .describe = describe_bigcode,
    .tokens = {{"bos_token_id", 50256}, {"eos_token_id", 50256}},
};

}  // namespace fovea::tools
