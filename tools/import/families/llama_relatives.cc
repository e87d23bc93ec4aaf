// Llamas in all but a few choices: which layers have biases, which look back over a window, which
// elements of a head turn together.

#include "tools/common/error.h"
#include "tools/common/printable.h"
#include "tools/import/families.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

// Arcee's AFM (2025): no gates; what ReLU makes is squared (So et al. 2021).
TransformerSpec describe_arcee(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.norm.epsilon = 1e-5f;
  form.qkv = form.output = bias_if(config, "attention_bias");
  form.ffn = bias_if(config, "mlp_bias");
  form.squared = true;
  return describe_llama(config, checkpoint, form);
}

TransformerSpec describe_seed_oss(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.kv_heads = 8;
  form.head_width = 128;
  form.qkv = config.flag("attention_bias", true) ? Bias::kRequired : Bias::kNone;
  form.output = bias_if(config, "attention_out_bias");
  form.ffn = bias_if(config, "mlp_bias");
  return describe_llama(config, checkpoint, form);
}

// ERNIE 4.5 (2025).
TransformerSpec describe_ernie45(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.kv_heads = 2;
  form.head_width = 128;
  form.norm.epsilon = 1e-5f;
  form.qkv = form.output = form.ffn = bias_if(config, "use_bias");
  form.interleaved = form.tied = true;
  return describe_llama(config, checkpoint, form);
}

// Helium (2025) has no bias behind attention.
TransformerSpec describe_helium(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.kv_heads = 20;
  form.head_width = 128;
  form.norm.epsilon = 1e-8f;
  form.qkv = bias_if(config, "attention_bias");
  form.ffn = bias_if(config, "mlp_bias");
  form.interleaved = true;
  return describe_llama(config, checkpoint, form);
}

// CWM (2025): every fourth layer sees all tokens.
TransformerSpec describe_cwm(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.kv_heads = 8;
  form.head_width = 128;
  form.norm.epsilon = 1e-5f;
  form.ffn = bias_if(config, "mlp_bias");
  form.theta = 0;
  const uint32_t window = window_of_some(config, 8192);
  const std::vector<bool> slides =
      sliding_layers(config, checkpoint, [](size_t i) { return i % 4 != 0; });
  for (const bool here : slides) form.windows.push_back(here ? window : 0);
  return describe_llama(config, checkpoint, form);
}

// Every how manyth layer has no window: a number, or "LLLG" for 4.
uint32_t read_pattern(const Config& config) {
  const char* key = "sliding_window_pattern";
  if (!config.has(key) || !config.at(key).is_string()) return config.count(key, 4);
  const std::string pattern = config.text(key);
  if (pattern.empty() || pattern.find('G') != pattern.size() - 1 ||
      pattern.find_first_not_of("LG") != pattern.npos) {
    fail("{}: the config's {} is \"{}\"; L by L and a G at the end can be converted", config.path(),
         key, printable(pattern));
  }
  return static_cast<uint32_t>(pattern.size());
}

// EXAONE 4 (2025) norms what its parts made, and the heads of queries and keys. Beside layers with
// a window, those without know no positions.
TransformerSpec describe_exaone4(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.kv_heads = 32;
  form.norm.epsilon = 1e-5f;
  form.names.attention_norm = form.names.ffn_norm = "";
  form.names.attention_after = "post_attention_layernorm";
  form.names.ffn_after = "post_feedforward_layernorm";
  form.head_norms = {.query = "self_attn.q_norm", .key = "self_attn.k_norm"};
  const bool windows = config.has("sliding_window") || !config.names("sliding_window");
  const uint32_t window = windows ? config.count("sliding_window", 4096) : 0;
  const bool listed = config.has("layer_types");
  const uint32_t every = windows && !listed ? read_pattern(config) : 0;
  config.skip({"sliding_window_pattern"});
  form.turned = sliding_layers(config, checkpoint,
                               [&](size_t i) { return every != 0 && (i + 1) % every != 0; });
  for (const bool here : form.turned) form.windows.push_back(here ? window : 0);
  if (!windows) form.turned.clear();
  return describe_llama(config, checkpoint, form);
}

}  // namespace

const Family kArcee = {
    .model_type = "arcee",
    .name = "arcee",
    .architectures = {"ArceeForCausalLM", "ArceeModel", "ArceeForSequenceClassification",
                      "ArceeForTokenClassification", "ArceeForQuestionAnswering"},
    .describe = describe_arcee,
    .tokens = {{"bos_token_id", 128000}, {"eos_token_id", 128001}},
};

const Family kSeedOss = {
    .model_type = "seed_oss",
    .name = "seed_oss",
    .architectures = {"SeedOssForCausalLM", "SeedOssModel", "SeedOssForSequenceClassification",
                      "SeedOssForTokenClassification", "SeedOssForQuestionAnswering"},
    .describe = describe_seed_oss,
    .tokens = {{"bos_token_id", 0}, {"eos_token_id", 2}},
};

const Family kErnie45 = {
    .model_type = "ernie4_5",
    .name = "ernie4_5",
    .architectures = {"Ernie4_5ForCausalLM", "Ernie4_5Model"},
    .describe = describe_ernie45,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

const Family kHelium = {
    .model_type = "helium",
    .name = "helium",
    .architectures = {"HeliumForCausalLM", "HeliumModel", "HeliumForSequenceClassification",
                      "HeliumForTokenClassification"},
    .describe = describe_helium,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

const Family kCwm = {
    .model_type = "cwm",
    .name = "cwm",
    .architectures = {"CwmForCausalLM", "CwmModel"},
    .describe = describe_cwm,
    .tokens = {{"bos_token_id", 128000}},
};

const Family kExaone4 = {
    .model_type = "exaone4",
    .name = "exaone4",
    .architectures = {"Exaone4ForCausalLM", "Exaone4Model", "Exaone4ForSequenceClassification",
                      "Exaone4ForTokenClassification", "Exaone4ForQuestionAnswering"},
    .describe = describe_exaone4,
    .tokens = {{"bos_token_id", 0}, {"eos_token_id", 2}},
};

}  // namespace fovea::tools
