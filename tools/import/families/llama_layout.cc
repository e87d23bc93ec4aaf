#include "tools/import/families/llama_layout.h"

#include <algorithm>
#include <cmath>

#include "runtime/layout.h"
#include "tools/common/error.h"
#include "tools/import/families/fused.h"

namespace fovea::tools {
namespace {

Heads read_heads(const Config& config, const LlamaForm& form) {
  Heads heads;
  heads.count = config.count("num_attention_heads");
  const bool same = form.kv_heads == 0 || config.names("num_key_value_heads");
  heads.kv_count = config.count("num_key_value_heads", same ? heads.count : form.kv_heads);
  heads.key_width = config.has("head_dim") || form.head_width > 0
                        ? config.count("head_dim", form.head_width)
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

FeedForwardSpec feed_forward(const Config& config, const LlamaForm& form) {
  FeedForwardSpec ffn;
  ffn.width = config.count("intermediate_size");
  ffn.squared = form.squared && config.text("hidden_act", "relu2") == "relu2";
  ffn.activation = ffn.squared  ? schema::Function::Relu
                   : form.gemma ? gemma_activation(config)
                                : config.function("hidden_act");
  if (!form.names.gate.empty() && !form.squared) ffn.gate = {form.names.gate, {}, form.ffn};
  ffn.up = {form.names.up, {}, form.ffn};
  ffn.down = {form.names.down, {}, form.ffn};
  if (!form.fused && !form.fused_ffn) return ffn;
  ffn.gate = {"mlp.gate_up_proj", {.rows = 2 * uint64_t{ffn.width}}, Bias::kNone};
  ffn.up = {"mlp.gate_up_proj", {.rows = 2 * uint64_t{ffn.width}, .first = ffn.width}, Bias::kNone};
  return ffn;
}

LayerSpec layer(const Heads& heads, const LlamaForm& form, uint32_t window, bool turned,
                const FeedForwardSpec& ffn) {
  const LlamaNames& names = form.names;
  AttentionSpec self = {.sight = Sight::kPast,
                        .heads = heads,
                        .query = {"self_attn.q_proj", {}, form.qkv},
                        .key = {"self_attn.k_proj", {}, form.qkv},
                        .value = {"self_attn.v_proj", {}, form.qkv},
                        .output = {names.output, {}, form.output},
                        .norms = form.head_norms,
                        .rotary = turned ? 0 : -1,
                        .window = window};
  if (form.fused) fuse_rows(self, "self_attn.qkv_proj", Bias::kNone);
  return {{names.attention_norm, self, names.attention_after},
          {form.parallel ? names.attention_norm : names.ffn_norm, ffn, names.ffn_after, 1,
           form.parallel}};
}

void add_layers(const Config& config, const LlamaForm& form, TowerSpec& tower) {
  const FeedForwardSpec ffn = feed_forward(config, form);
  const Heads heads = read_heads(config, form);
  check_heads(config, heads);
  const size_t kinds =
      std::max({size_t{1}, form.windows.size(), form.turned.size(), form.experts.size()});
  for (size_t i = 0; i < kinds; ++i) {
    const uint32_t window = form.windows.empty() ? 0 : form.windows[i % form.windows.size()];
    const bool turned = form.turned.empty() || form.turned[i % form.turned.size()];
    LayerSpec& made = tower.layers.pattern.emplace_back(layer(heads, form, window, turned, ffn));
    if (form.experts.empty()) continue;
    const auto& experts = form.experts[i % form.experts.size()];
    if (experts) made[1].part = *experts;
  }
}

}  // namespace

Bias bias_if(const Config& config, const char* key) {
  return config.flag(key, false) ? Bias::kRequired : Bias::kNone;
}

schema::Function gemma_activation(const Config& config) {
  const char* key = config.has("hidden_activation") ? "hidden_activation" : "hidden_act";
  config.choice(key, "gelu", {"gelu", "gelu_pytorch_tanh", "gelu_new"});
  config.skip({"hidden_act"});
  return schema::Function::GeluTanh;
}

std::vector<bool> sliding_layers(const Config& config, const Checkpoint& checkpoint,
                                 const std::function<bool(size_t i)>& otherwise) {
  const uint32_t layers = config.count("num_hidden_layers");
  const std::vector<std::string> types = config.texts("layer_types");
  if (!types.empty() && types.size() != layers) {
    fail("{}: the config has {} layer_types for {} layers", config.path(), types.size(), layers);
  }
  // A config that says more layers than there can be is refused when they are looked for.
  std::vector<bool> slides(std::min<size_t>(layers, checkpoint.tensors.size() + 1));
  for (size_t i = 0; i < slides.size(); ++i) {
    slides[i] = types.empty() ? otherwise(i) : types[i] == "sliding_attention";
    if (!types.empty() && !slides[i] && types[i] != "full_attention") {
      fail(
          "{}: the config's layer_types[{}] is '{}'; full_attention and sliding_attention can "
          "be converted",
          config.path(), i, types[i]);
    }
  }
  return slides;
}

uint32_t window_of_some(const Config& config, uint32_t otherwise) {
  return config.names("sliding_window") ? config.count("sliding_window") : otherwise;
}

std::vector<uint32_t> sliding_windows(const Config& config, const Checkpoint& checkpoint) {
  const bool used = config.flag("use_sliding_window", false);
  // Read in any case, for they are there where nothing slides.
  const uint32_t window = config.count("sliding_window", 4096);
  const double first = config.number("max_window_layers", 28);
  const std::vector<bool> slides = sliding_layers(
      config, checkpoint, [&](size_t i) { return used && static_cast<double>(i) >= first; });
  std::vector<uint32_t> windows;
  for (const bool here : slides) {
    if (here && !used) {
      fail(
          "{}: the config's layer_types[{}] is sliding_attention, use_sliding_window is false; "
          "one of them is wrong",
          config.path(), windows.size());
    }
    windows.push_back(here ? window : 0);
  }
  return windows;
}

TransformerSpec describe_llama(const Config& config, const Checkpoint& checkpoint,
                               const LlamaForm& form) {
  TransformerSpec spec;
  TowerSpec& tower = spec.decoder.emplace();
  spec.base = "model.";
  spec.width = config.count("hidden_size");
  tower.layers = {"model.layers.", config.count("num_hidden_layers"), "num_hidden_layers", {}};
  tower.embedding = {.input = "tokens", .name = "model.embed_tokens"};
  tower.embedding.rows = tower.head.outputs = config.count("vocab_size");
  tower.dim = "tokens";
  tower.tokens = config.count("max_position_embeddings");
  spec.norm = form.norm;
  if (form.epsilon != nullptr) {
    spec.norm.epsilon = static_cast<float>(config.number(form.epsilon, form.norm.epsilon));
  }
  if (form.gemma) {
    spec.norm.add = checkpoint.whole_gains ? 0 : 1;
    tower.embedding.scale = std::sqrt(static_cast<float>(spec.width));
  }
  tower.norm = form.last_norm;
  tower.head.linear = {"lm_head", {}, Bias::kNone};
  tower.head.tie =
      config.flag("tie_word_embeddings", form.tied) ? HeadSpec::kUnlessStored : HeadSpec::kApart;
  add_layers(config, form, tower);
  const Heads heads = read_heads(config, form);
  spec.rotaries = {{read_rotary(config, {.head_width = heads.key_width,
                                         .positions = tower.tokens,
                                         .partial = form.partial > 0,
                                         .layer_type = form.layer_type,
                                         .share = form.partial > 0 ? form.partial : 1,
                                         .theta = form.theta}),
                    form.interleaved || checkpoint.interleaved}};
  return spec;
}

void for_attentions(TransformerSpec& spec,
                    const std::function<void(AttentionSpec& attention, size_t i)>& change) {
  std::vector<LayerSpec>& pattern = spec.decoder->layers.pattern;
  for (size_t i = 0; i < pattern.size(); ++i) {
    for (BlockSpec& block : pattern[i]) {
      if (auto* attention = std::get_if<AttentionSpec>(&block.part)) change(*attention, i);
    }
  }
}

}  // namespace fovea::tools
