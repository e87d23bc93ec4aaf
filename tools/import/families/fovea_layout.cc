#include "tools/import/families/fovea_layout.h"

namespace fovea::tools {

AttentionSpec FoveaParts::attention(const std::string& name, Sight sight) const {
  return {.sight = sight,
          .heads = heads,
          .query = {name + ".query"},
          .key = {name + ".key"},
          .value = {name + ".value"},
          .output = {name + ".output"}};
}

LayerSpec FoveaParts::encoder_layer() const {
  return {{"attention_norm", attention("attention", Sight::kRun)}, {"ffn_norm", ffn}};
}

LayerSpec FoveaParts::decoder_layer() const {
  return {{"attention_norm", attention("attention", Sight::kPast)},
          {"cross_attention_norm", attention("cross_attention", Sight::kEncoder)},
          {"ffn_norm", ffn}};
}

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
  parts.norm.before = config.choice("norm_position", "pre", {"pre", "post"}) == "pre";
  return parts;
}

PositionsSpec read_fovea_positions(const Config& config, const char* key, const char* tensor) {
  const std::string kind = config.choice(key, "learned", {"learned", "sinusoidal", "none"});
  if (kind == "none") return {};
  return {kind == "learned" ? PositionsSpec::kLearned : PositionsSpec::kSinusoidal, tensor};
}

}  // namespace fovea::tools
