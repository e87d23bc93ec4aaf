#include "tools/import/families/fovea_layout.h"

#include "runtime/layout.h"
#include "tools/common/error.h"

namespace fovea::tools {

AttentionSpec FoveaParts::attention(const std::string& name, Sight sight) const {
  AttentionSpec spec = {.sight = sight,
                        .heads = heads,
                        .query = {name + ".query"},
                        .key = {name + ".key"},
                        .value = {name + ".value"},
                        .output = {name + ".output"},
                        .unit = unit,
                        .scale = scale};
  if (tie_key_value) spec.value.name.clear();
  if (temperature) spec.temperature = name + ".temperature";
  if (sight != Sight::kEncoder) spec.window = window;
  return spec;
}

LayerSpec FoveaParts::with_feed_forward(LayerSpec layer) const {
  if (ffn.width > 0) layer.push_back({"ffn_norm", ffn});
  return layer;
}

LayerSpec FoveaParts::encoder_layer() const {
  return with_feed_forward({{"attention_norm", attention("attention", Sight::kRun)}});
}

LayerSpec FoveaParts::decoder_layer() const {
  return with_feed_forward(
      {{"attention_norm", attention("attention", Sight::kPast)},
       {"cross_attention_norm", attention("cross_attention", Sight::kEncoder)}});
}

namespace {

NormSpec read_norm(const Config& config) {
  NormSpec norm;
  const std::string kind = config.choice("norm", "layer", {"layer", "rms", "none"});
  norm.none = kind == "none";
  norm.rms = kind == "rms";
  if (norm.none) return norm;
  norm.epsilon = static_cast<float>(config.number("norm_eps", 1e-5));
  norm.before = config.choice("norm_position", "pre", {"pre", "post"}) == "pre";
  return norm;
}

Heads read_heads(const Config& config) {
  Heads heads;
  heads.count = heads.kv_count = config.count("heads");
  // Of one head, which need not be a share of the width where both are said.
  const bool said = config.has("key_width") && config.has("value_width");
  const uint32_t share = said ? 0 : config.divided("width", "heads");
  heads.key_width = config.count("key_width", share);
  heads.value_width = config.count("value_width", share);
  return heads;
}

FeedForwardSpec read_feed_forward(const Config& config) {
  FeedForwardSpec ffn;
  if (!config.flag("feed_forward", true)) return ffn;
  ffn.width = config.count("ffn_width");
  ffn.activation = config.function("activation");
  ffn.up = {"ffn.up"};
  ffn.down = {"ffn.down"};
  return ffn;
}

// How scores are made, and of which keys.
void read_scores(const Config& config, FoveaParts& parts) {
  parts.unit = config.choice("qk_norm", "none", {"none", "l2"}) == "l2";
  if (parts.unit) parts.temperature = config.flag("temperature", false);
  parts.scale = config.number("attention_scale", parts.unit ? 1 : 0);
  if (config.has("attention_scale") && !(parts.scale > 0 && parts.scale < 1e6)) {
    fail("{}: the config's attention_scale of {} is not between 0 and 1000000", config.path(),
         parts.scale);
  }
  if (!config.has("window")) return;
  const uint32_t window = config.count("window");
  if (window >= kMaxExtent) {
    fail("{}: the config's window of {} is wider than any sequence", config.path(), window);
  }
  parts.window = window + 1;
}

}  // namespace

FoveaParts read_fovea_parts(const Config& config) {
  FoveaParts parts;
  parts.width = config.count("width");
  parts.heads = read_heads(config);
  parts.ffn = read_feed_forward(config);
  parts.norm = read_norm(config);
  read_scores(config, parts);
  parts.tie_key_value = config.flag("tie_key_value", false);
  if (parts.tie_key_value && parts.heads.key_width != parts.heads.value_width) {
    fail("{}: the config's tie_key_value needs a value_width that is its key_width, {}, not {}",
         config.path(), parts.heads.key_width, parts.heads.value_width);
  }
  return parts;
}

PositionsSpec read_fovea_positions(const Config& config, const char* key, const char* tensor) {
  const std::string kind = config.choice(key, "learned", {"learned", "sinusoidal", "none"});
  if (kind == "none") return {};
  return {kind == "learned" ? PositionsSpec::kLearned : PositionsSpec::kSinusoidal, tensor};
}

}  // namespace fovea::tools
