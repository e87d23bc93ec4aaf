#include "tools/import/families/llama_layout.h"

#include <algorithm>
#include <cmath>

#include "runtime/layout.h"
#include "tools/common/error.h"

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

// Rows of one tensor that holds all three.
void fuse_attention(AttentionSpec& self) {
  const uint32_t queries = self.heads.count * self.heads.key_width;
  const uint32_t keys = self.heads.kv_count * self.heads.key_width;
  const auto rows = [&](uint32_t first) {
    return LinearSpec{
        "self_attn.qkv_proj", {.rows = uint64_t{queries} + 2 * keys, .first = first}, Bias::kNone};
  };
  self.query = rows(0);
  self.key = rows(queries);
  self.value = rows(queries + keys);
}

void name_feed_forward(const LlamaForm& form, FeedForwardSpec& ffn) {
  ffn.gate = {"mlp.gate_proj", {}, form.ffn};
  ffn.up = {"mlp.up_proj", {}, form.ffn};
  ffn.down = {"mlp.down_proj", {}, form.ffn};
  if (!form.fused) return;
  ffn.gate = {"mlp.gate_up_proj", {.rows = 2 * uint64_t{ffn.width}}, Bias::kNone};
  ffn.up = {"mlp.gate_up_proj", {.rows = 2 * uint64_t{ffn.width}, .first = ffn.width}, Bias::kNone};
}

LayerSpec layer(const Heads& heads, const LlamaForm& form, uint32_t window, bool turned,
                const FeedForwardSpec& ffn) {
  const auto linear = [](const char* name, Bias bias) { return LinearSpec{name, {}, bias}; };
  AttentionSpec self = {.sight = Sight::kPast,
                        .heads = heads,
                        .query = linear("self_attn.q_proj", form.qkv),
                        .key = linear("self_attn.k_proj", form.qkv),
                        .value = linear("self_attn.v_proj", form.qkv),
                        .output = linear("self_attn.o_proj", form.output),
                        .rotary = turned,
                        .window = window};
  if (form.fused) fuse_attention(self);
  if (form.head_norms) {
    self.query_norm = "self_attn.q_norm";
    self.key_norm = "self_attn.k_norm";
  }
  return {{"input_layernorm", self}, {"post_attention_layernorm", ffn}};
}

}  // namespace

Bias bias_if(const Config& config, const char* key) {
  return config.flag(key, false) ? Bias::kRequired : Bias::kNone;
}

std::vector<uint32_t> sliding_windows(const Config& config, const Checkpoint& checkpoint) {
  const bool used = config.flag("use_sliding_window", false);
  // Read in any case, for they are there where nothing slides.
  const uint32_t window = config.count("sliding_window", 4096);
  const double first = config.number("max_window_layers", 28);
  const uint32_t layers = config.count("num_hidden_layers");
  const std::vector<std::string> types = config.texts("layer_types");
  if (!types.empty() && types.size() != layers) {
    fail("{}: the config has {} layer_types for {} layers", config.path(), types.size(), layers);
  }
  // A config that says more layers than there can be is refused when they are looked for.
  std::vector<uint32_t> windows(std::min<size_t>(layers, checkpoint.tensors.size() + 1));
  for (size_t i = 0; i < windows.size(); ++i) {
    bool slides = static_cast<double>(i) >= first;
    if (!types.empty()) {
      slides = types[i] == "sliding_attention";
      if (!slides && types[i] != "full_attention") {
        fail(
            "{}: the config's layer_types[{}] is '{}'; full_attention and sliding_attention can "
            "be converted",
            config.path(), i, types[i]);
      }
      if (slides && !used) {
        fail(
            "{}: the config's layer_types[{}] is sliding_attention, use_sliding_window is false; "
            "one of them is wrong",
            config.path(), i);
      }
    }
    windows[i] = used && slides ? window : 0;
  }
  return windows;
}

TransformerSpec describe_llama(const Config& config, const Checkpoint& checkpoint,
                               const LlamaForm& form) {
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
  const Heads heads = read_heads(config, form);
  spec.norm = {.rms = true, .epsilon = static_cast<float>(config.number("rms_norm_eps", 1e-6))};
  if (form.gemma) {
    spec.norm.add = 1;
    tower.embedding.scale = std::sqrt(static_cast<float>(spec.width));
    // What the first release calls "gelu" is the same.
    const char* key = config.has("hidden_activation") ? "hidden_activation" : "hidden_act";
    config.choice(key, "gelu", {"gelu", "gelu_pytorch_tanh", "gelu_new"});
    config.skip({"hidden_act"});
    ffn.activation = schema::Function::GeluTanh;
  } else {
    ffn.activation = config.function("hidden_act");
  }
  tower.norm = "model.norm";
  tower.head.linear = {"lm_head", {}, Bias::kNone};
  tower.head.tie =
      config.flag("tie_word_embeddings", form.tied) ? HeadSpec::kUnlessStored : HeadSpec::kApart;
  name_feed_forward(form, ffn);
  check_heads(config, heads);
  const size_t kinds = std::max({size_t{1}, form.windows.size(), form.turned.size()});
  for (size_t i = 0; i < kinds; ++i) {
    const uint32_t window = form.windows.empty() ? 0 : form.windows[i % form.windows.size()];
    const bool turned = form.turned.empty() || form.turned[i % form.turned.size()];
    tower.layers.pattern.push_back(layer(heads, form, window, turned, ffn));
  }
  spec.rotary = {read_rotary(config, {.head_width = heads.key_width,
                                      .positions = tower.tokens,
                                      .partial = form.partial}),
                 checkpoint.interleaved};
  return spec;
}

}  // namespace fovea::tools
