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

LayerSpec FoveaParts::encoder_layer() const {
  return {{"attention_norm", attention("attention", Sight::kRun)}, {"ffn_norm", ffn}};
}

LayerSpec FoveaParts::decoder_layer() const {
  return {{"attention_norm", attention("attention", Sight::kPast)},
          {"cross_attention_norm", attention("cross_attention", Sight::kEncoder)},
          {"ffn_norm", ffn}};
}

namespace {

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
  parts.ffn.width = config.count("ffn_width");
  parts.heads.count = parts.heads.kv_count = config.count("heads");
  parts.heads.key_width = parts.heads.value_width = config.divided("width", "heads");
  parts.ffn.activation = config.function("activation");
  parts.ffn.up = {"ffn.up"};
  parts.ffn.down = {"ffn.down"};
  parts.norm.rms = config.choice("norm", "layer", {"layer", "rms"}) == "rms";
  parts.norm.epsilon = static_cast<float>(config.number("norm_eps", 1e-5));
  read_scores(config, parts);
  parts.tie_key_value = config.flag("tie_key_value", false);
  parts.norm.before = config.choice("norm_position", "pre", {"pre", "post"}) == "pre";
  return parts;
}

PositionsSpec read_fovea_positions(const Config& config, const char* key, const char* tensor) {
  const std::string kind = config.choice(key, "learned", {"learned", "sinusoidal", "none"});
  if (kind == "none") return {};
  return {kind == "learned" ? PositionsSpec::kLearned : PositionsSpec::kSinusoidal, tensor};
}

}  // namespace fovea::tools
