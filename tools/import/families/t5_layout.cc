#include "tools/import/families/t5_layout.h"

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using schema::Function;

constexpr uint32_t kFarthest = 1u << 15;

LinearSpec t5_linear(const std::string& name) {
  return {name, {}, Bias::kNone};
}

FeedForwardSpec read_feed_forward(const Config& config, const std::string& name,
                                  const char* otherwise) {
  FeedForwardSpec ffn = {.down = t5_linear(name + ".wo")};
  ffn.width = config.count("d_ff");
  const std::string kind = config.choice("feed_forward_proj", otherwise,
                                         {"relu", "gelu", "gelu_new", "silu", "gated-relu",
                                          "gated-gelu", "gated-gelu_new", "gated-silu"});
  const bool gated = kind.starts_with("gated-");
  ffn.up = t5_linear(name + (gated ? ".wi_1" : ".wi"));
  if (gated) ffn.gate = t5_linear(name + ".wi_0");
  ffn.activation = kind.ends_with("relu")   ? Function::Relu
                   : kind.ends_with("silu") ? Function::Silu
                   : kind == "gelu"         ? Function::GeluErf
                                            : Function::GeluTanh;  // that of a gate, too
  config.skip({"dense_act_fn", "is_gated_act", "is_encoder_decoder",
               "output_past"});  // made of it whenever a config is read
  return ffn;
}

BucketsSpec read_buckets(const Config& config, const std::string& side, bool behind) {
  BucketsSpec buckets;
  buckets.name = side + ".block.0.layer.0.SelfAttention.relative_attention_bias";
  buckets.buckets = config.count("relative_attention_num_buckets", 32);
  buckets.farthest = config.count("relative_attention_max_distance", 128);
  buckets.behind = behind;
  if (buckets.buckets < 4 || buckets.buckets % 4 != 0 || buckets.farthest <= buckets.buckets / 2 ||
      buckets.farthest > kFarthest) {
    fail(
        "{}: the config says relative_attention_num_buckets is {} and "
        "relative_attention_max_distance {}; a multiple of 4, and more than half of that up to {}, "
        "can be converted",
        config.path(), buckets.buckets, buckets.farthest, kFarthest);
  }
  return buckets;
}

AttentionSpec read_attention(const Config& config, const std::string& name, Sight sight) {
  AttentionSpec attention = {.sight = sight,
                             .query = t5_linear(name + ".q"),
                             .key = t5_linear(name + ".k"),
                             .value = t5_linear(name + ".v"),
                             .output = t5_linear(name + ".o"),
                             .scale = 1};
  Heads& heads = attention.heads;
  heads.count = heads.kv_count = config.count("num_heads");
  heads.key_width = heads.value_width = config.count("d_kv");
  return attention;
}

}  // namespace

TowerSpec read_t5_tower(const Config& config, const std::string& side, const char* feed_forward) {
  TowerSpec tower;
  const bool decodes = side == "decoder";
  LayerSpec layer;
  const auto add = [&](auto part) {
    const std::string name = "layer." + std::to_string(layer.size());
    layer.push_back({name + ".layer_norm", part});
  };
  AttentionSpec self =
      read_attention(config, "layer.0.SelfAttention", decodes ? Sight::kPast : Sight::kRun);
  self.buckets = read_buckets(config, side, decodes);
  add(self);
  if (decodes) add(read_attention(config, "layer.1.EncDecAttention", Sight::kEncoder));
  const std::string last = decodes ? "layer.2.DenseReluDense" : "layer.1.DenseReluDense";
  add(read_feed_forward(config, last, feed_forward));
  const uint32_t layers = config.count("num_layers");
  tower.layers.prefix = side + ".block.";
  tower.layers.key =
      decodes && config.has("num_decoder_layers") ? "num_decoder_layers" : "num_layers";
  tower.layers.count = decodes ? config.count("num_decoder_layers", layers) : layers;
  tower.layers.pattern = {layer};
  tower.norm = side + ".final_layer_norm";
  return tower;
}

NormSpec read_t5_norm(const Config& config) {
  return {.rms = true, .epsilon = static_cast<float>(config.number("layer_norm_epsilon", 1e-6))};
}

}  // namespace fovea::tools
