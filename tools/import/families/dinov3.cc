// DINOv3 (Simeoni et al. 2025): DINOv2 with registers, whose patches turn by their line and column
// instead of having positions of their own.

#include <string>
#include <vector>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/image_encoder.h"
#include "tools/import/families/image_input.h"

namespace fovea::tools {
namespace {

using Step = StepSpec;

constexpr ImageLayer kNames = {"attention.q_proj",
                               "attention.k_proj",
                               "attention.v_proj",
                               "attention.o_proj",
                               "norm1",
                               "mlp.up_proj",
                               "mlp.down_proj",
                               "norm2"};
const std::vector<ImageLayers> kDinov3Layers = {{"layer.", kNames}, {"model.layer.", kNames}};

LayersSpec layers(const Config& config, const Checkpoint& checkpoint) {
  LayersSpec made = image_layers(config, checkpoint, "", kDinov3Layers, true);
  auto& self = std::get<AttentionSpec>(made.pattern[0][0].part);
  auto& ffn = std::get<FeedForwardSpec>(made.pattern[0][1].part);
  const auto bias = [&](const char* key, bool otherwise) {
    return config.flag(key, otherwise) ? Bias::kRequired : Bias::kNone;
  };
  self.query.bias = bias("query_bias", true);
  self.key.bias = bias("key_bias", false);
  self.value.bias = bias("value_bias", true);
  self.output.bias = bias("proj_bias", true);
  self.output.scale = "layer_scale1.lambda1";
  self.rotary = 0;
  ffn.width = config.count("intermediate_size");
  ffn.up.bias = ffn.down.bias = bias("mlp_bias", true);
  if (config.flag("use_gated_mlp", false)) {
    if (ffn.up.gain != 1) {
      fail("{}: the config's hidden_act is no activation of a gated feed-forward", config.path());
    }
    ffn.gate = {"mlp.gate_proj", {}, ffn.up.bias};
  }
  ffn.down.scale = "layer_scale2.lambda1";
  return made;
}

// Half of the turning pairs is for lines, half for columns.
RotarySpec rotary(const Config& config, const EmbeddingSpec& e, uint32_t head_width) {
  RotarySpec spec;
  spec.settings.width = head_width;
  spec.settings.theta = config.positive("rope_theta", 100);
  spec.grid = {e.image.height / e.image.patch, e.image.width / e.image.patch};
  spec.unturned = static_cast<uint32_t>(e.prefix.size());
  if (head_width % 4 != 0) {
    fail("{}: the config makes heads of {} columns; lines and columns need a multiple of 4",
         config.path(), head_width);
  }
  return spec;
}

TransformerSpec describe_dinov3(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec = image_encoder(config, "", 1e-5);
  TowerSpec& tower = *spec.encoder;
  EmbeddingSpec& e = tower.embedding;
  tower.tokens = read_image_input(config, checkpoint, {.family = "dinov3_vit", .stretches = true},
                                  "embeddings.patch_embeddings", "", e);
  e.prefix = {{.tensor = "embeddings.cls_token"}};
  const uint32_t registers =
      config.number("num_register_tokens", 0) == 0 ? 0 : config.count("num_register_tokens");
  for (uint32_t i = 0; i < registers; ++i) {
    e.prefix.push_back({.tensor = "embeddings.register_tokens", .row = i, .rows = registers});
  }
  if (registers == 0) spec.ignored.push_back("embeddings.register_tokens");
  tower.layers = layers(config, checkpoint);
  const uint32_t width = std::get<AttentionSpec>(tower.layers.pattern[0][0].part).heads.key_width;
  spec.rotaries = {rotary(config, e, width)};
  tower.norm = "norm";
  tower.outputs.push_back({"pooled", {{Step::kFirst}}});
  // What a backbone gives to detectors, where scales began, and noise of training.
  config.skip({"apply_layernorm", "layerscale_value", "out_features", "out_indices",
               "pos_embed_jitter", "pos_embed_rescale", "pos_embed_shift", "reshape_hidden_states",
               "stage_names"});
  return spec;
}

}  // namespace

const Family kDinov3 = {
    .model_type = "dinov3_vit",
    .name = "dinov3_vit",
    .architectures = {"DINOv3ViTModel"},
    .describe = describe_dinov3,
};

}  // namespace fovea::tools
