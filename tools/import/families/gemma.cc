// Gemma: Llamas whose norms are stored less one, with GELU by tanh (Mesnard et al. 2024). Gemma 2
// (Riviere et al. 2024) norms what its parts made, too, caps scores and logits, and every second
// layer looks back over a window; Gemma 3 (2025) has norms of heads instead of caps, and other
// frequencies in layers with a window.

#include <cmath>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

TransformerSpec describe_gemma(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.kv_heads = 16;
  form.head_width = 256;
  form.qkv = form.output = bias_if(config, "attention_bias");
  form.tied = form.gemma = true;
  return describe_llama(config, checkpoint, form);
}

// null stands for none.
double read_cap(const Config& config, const char* key, double otherwise) {
  const bool none = config.names(key) && !config.has(key);
  return none || (otherwise == 0 && !config.has(key)) ? 0 : config.positive(key, otherwise);
}

// Where Gemma 2 and 3 differ.
struct LaterGemma {
  double score_cap = 0, logit_cap = 0;  // where the config does not say; 0: none
  uint32_t full = 0;                    // every how manyth layer has no window, the same
};

LlamaForm later_form(const Config& config, const Checkpoint& checkpoint, const LaterGemma& later) {
  LlamaForm form;
  form.kv_heads = 4;
  form.head_width = 256;
  form.qkv = form.output = bias_if(config, "attention_bias");
  form.tied = form.gemma = true;
  form.names.attention_after = "post_attention_layernorm";
  form.names.ffn_norm = "pre_feedforward_layernorm";
  form.names.ffn_after = "post_feedforward_layernorm";
  const uint32_t window = config.count("sliding_window", 4096);
  const std::vector<bool> slides =
      sliding_layers(config, checkpoint, [&](size_t i) { return (i + 1) % later.full != 0; });
  for (const bool here : slides) form.windows.push_back(here ? window : 0);
  return form;
}

TransformerSpec describe_later(const Config& config, const Checkpoint& checkpoint,
                               const LlamaForm& form, const LaterGemma& later) {
  TransformerSpec spec = describe_llama(config, checkpoint, form);
  const double scale = 1 / std::sqrt(config.positive("query_pre_attn_scalar", 256));
  const double cap = read_cap(config, "attn_logit_softcapping", later.score_cap);
  for_attentions(spec, [&](AttentionSpec& attention, size_t) {
    attention.scale = scale;
    attention.soft_cap = cap;
  });
  spec.decoder->head.soft_cap =
      static_cast<float>(read_cap(config, "final_logit_softcapping", later.logit_cap));
  config.skip({"cache_implementation"});  // of a program's memory
  return spec;
}

TransformerSpec describe_gemma2(const Config& config, const Checkpoint& checkpoint) {
  const LaterGemma later = {.score_cap = 50, .logit_cap = 30, .full = 2};
  config.expect("use_bidirectional_attention", false);
  config.skip({"sliding_window_size"});  // an older name, beside the other
  return describe_later(config, checkpoint, later_form(config, checkpoint, later), later);
}

TransformerSpec describe_gemma3(const Config& config, const Checkpoint& checkpoint) {
  LaterGemma later;
  later.full = config.count("sliding_window_pattern", 6);
  if (config.has("attn_logit_softcapping")) {
    fail("{}: the config says attn_logit_softcapping is {}; Gemma 3 caps no scores", config.path(),
         config.number("attn_logit_softcapping"));
  }
  config.skip({"_sliding_window_pattern"});  // beside layer_types, which says the same
  LlamaForm form = later_form(config, checkpoint, later);
  form.head_norms = {.query = "self_attn.q_norm", .key = "self_attn.k_norm"};
  form.layer_type = "full_attention";
  form.theta = 1e6;
  TransformerSpec spec = describe_later(config, checkpoint, form, later);
  const uint32_t width = spec.decoder->layers.attention(0, Sight::kPast)->heads.key_width;
  // Layers with a window are not scaled.
  spec.rotaries.push_back({read_layer_rotary(
      config,
      {.head_width = width, .positions = spec.decoder->tokens, .layer_type = "sliding_attention"},
      "rope_local_base_freq")});
  const bool both_ways = config.flag("use_bidirectional_attention", false);
  for_attentions(spec, [&](AttentionSpec& attention, size_t) {
    if (attention.window > 0) attention.rotary = 1;
    // Then the config's window is about both sides.
    if (both_ways && attention.window > 0) attention.window = attention.window / 2 + 1;
  });
  spec.both_ways = both_ways;
  return spec;
}

}  // namespace

const Family kGemma = {
    .model_type = "gemma",
    .name = "gemma",
    .architectures = {"GemmaForCausalLM", "GemmaModel", "GemmaForSequenceClassification",
                      "GemmaForTokenClassification"},
    .describe = describe_gemma,
    .tokens = {{"bos_token_id", 2}, {"eos_token_id", 1}},
};

const Family kGemma2 = {
    .model_type = "gemma2",
    .name = "gemma2",
    .architectures = {"Gemma2ForCausalLM", "Gemma2Model", "Gemma2ForSequenceClassification",
                      "Gemma2ForTokenClassification"},
    .describe = describe_gemma2,
    .tokens = {{"bos_token_id", 2}, {"eos_token_id", 1}},
};

const Family kGemma3 = {
    .model_type = "gemma3_text",
    .name = "gemma3_text",
    .architectures = {"Gemma3ForCausalLM", "Gemma3TextModel",
                      "Gemma3TextForSequenceClassification"},
    .describe = describe_gemma3,
    .tokens = {{"bos_token_id", 2}, {"eos_token_id", 1}},
};

}  // namespace fovea::tools
