// Decoder language models: RMS norm before each part, rotary embedding, grouped-query attention,
// gated feed-forward (Touvron et al. 2023).

#include "runtime/layout.h"
#include "tools/common/error.h"
#include "tools/import/families.h"

namespace fovea::tools {
namespace {

Heads read_heads(const Config& config) {
  Heads heads;
  heads.count = config.count("num_attention_heads");
  heads.kv_count = config.count("num_key_value_heads", heads.count);
  heads.key_width = config.has("head_dim") ? config.count("head_dim")
                                           : config.divided("hidden_size", "num_attention_heads");
  heads.value_width = heads.key_width;
  return heads;
}

void check_heads(const Config& config, const Heads& heads) {
  if (heads.count % heads.kv_count != 0)
    config.divided("num_attention_heads", "num_key_value_heads");
  if (heads.key_width % 2 != 0) {
    fail("{}: the config's head width is {}; rotary embedding needs an even one", config.path(),
         heads.key_width);
  }
  if (uint64_t{heads.count} * heads.key_width > kMaxExtent) {
    fail("{}: the config's {} heads of {} elements are wider than any tensor", config.path(),
         heads.count, heads.key_width);
  }
}

LayerSpec layer(const Heads& heads, Bias attention, const FeedForwardSpec& ffn) {
  const auto linear = [&](const char* name) { return LinearSpec{name, {}, attention}; };
  const AttentionSpec self = {.sight = Sight::kPast,
                              .heads = heads,
                              .query = linear("self_attn.q_proj"),
                              .key = linear("self_attn.k_proj"),
                              .value = linear("self_attn.v_proj"),
                              .output = linear("self_attn.o_proj"),
                              .rotary = true};
  return {{"input_layernorm", self}, {"post_attention_layernorm", ffn}};
}

TransformerSpec describe(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec;
  TowerSpec& tower = spec.decoder.emplace();
  FeedForwardSpec ffn;
  spec.base = "model.";
  spec.width = config.count("hidden_size");
  ffn.width = config.count("intermediate_size");
  tower.layers = {"model.layers.", config.count("num_hidden_layers"), "num_hidden_layers", {}};
  tower.embedding = {.input = "tokens", .name = "model.embed_tokens"};
  tower.embedding.rows = tower.head.outputs = config.count("vocab_size");
  tower.dim = "tokens";
  tower.tokens = config.count("max_position_embeddings");
  const Heads heads = read_heads(config);
  spec.norm = {.rms = true, .epsilon = static_cast<float>(config.number("rms_norm_eps", 1e-6))};
  ffn.activation = config.function("hidden_act");
  tower.norm = "model.norm";
  tower.head.linear = {"lm_head", {}, Bias::kNone};
  tower.head.tie =
      config.flag("tie_word_embeddings", false) ? HeadSpec::kUnlessStored : HeadSpec::kApart;
  const auto bias = [&](const char* key) {
    return config.flag(key, false) ? Bias::kRequired : Bias::kNone;
  };
  const Bias attention = bias("attention_bias"), mlp = bias("mlp_bias");
  ffn.gate = {"mlp.gate_proj", {}, mlp};
  ffn.up = {"mlp.up_proj", {}, mlp};
  ffn.down = {"mlp.down_proj", {}, mlp};
  check_heads(config, heads);
  tower.layers.pattern = {layer(heads, attention, ffn)};
  spec.rotary = {read_rotary(config, {.head_width = heads.key_width, .positions = tower.tokens}),
                 checkpoint.interleaved};
  return spec;
}

}  // namespace

const Family kLlama = {
    .model_type = "llama",
    .name = "llama",
    .architectures = {"LlamaForCausalLM", "LLaMAForCausalLM", "LlamaModel"},
    .describe = describe,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

}  // namespace fovea::tools
