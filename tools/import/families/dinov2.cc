// DINOv2 (Oquab et al. 2023): a vision transformer whose layers scale what they add, for images of
// any size, and its form with tokens that hold what no patch has room for (Darcet et al. 2023).

#include <string>
#include <vector>

#include "tools/import/families.h"
#include "tools/import/families/image_encoder.h"
#include "tools/import/families/image_input.h"

namespace fovea::tools {
namespace {

using Step = StepSpec;

const std::vector<ImageLayers> kDinov2Layers = {
    {"encoder.layer.",
     {"attention.attention.query", "attention.attention.key", "attention.attention.value",
      "attention.output.dense", "norm1", "mlp.fc1", "mlp.fc2", "norm2"}},
    {"encoder.layer.",
     {"attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj", "norm1",
      "mlp.fc1", "mlp.fc2", "norm2"}}};

// Two thirds of the width that mlp_ratio says, in whole eighths.
FeedForwardSpec gated(const Checkpoint& checkpoint, const std::string& base, uint32_t width) {
  FeedForwardSpec ffn = {.gate = {"mlp.gate_proj", {}, Bias::kRequired},
                         .up = {"mlp.up_proj", {}, Bias::kRequired},
                         .down = {"mlp.down_proj", {}, Bias::kRequired}};
  ffn.activation = schema::Function::Silu;
  ffn.width = (width * 2 / 3 + 7) / 8 * 8;
  if (!has_tensors(checkpoint, base, "encoder.layer.0.mlp.weights_in")) return ffn;
  ffn.gate.name = ffn.up.name = "mlp.weights_in";
  ffn.gate.view.rows = ffn.up.view.rows = uint64_t{2} * ffn.width;
  ffn.up.view.first = ffn.width;
  ffn.down.name = "mlp.weights_out";
  return ffn;
}

LayersSpec layers(const Config& config, const Checkpoint& checkpoint, const std::string& base) {
  LayersSpec made =
      image_layers(config, checkpoint, base, kDinov2Layers, config.flag("qkv_bias", true));
  auto& self = std::get<AttentionSpec>(made.pattern[0][0].part);
  auto& ffn = std::get<FeedForwardSpec>(made.pattern[0][1].part);
  const uint32_t width = multiplied(config, "hidden_size", "mlp_ratio", 4);
  ffn.width = width;
  if (config.flag("use_swiglu_ffn", false)) ffn = gated(checkpoint, base, width);
  self.output.scale = "layer_scale1.lambda1";
  ffn.down.scale = "layer_scale2.lambda1";
  return made;
}

// Of the class token and the mean of the patches, side by side.
void add_dinov2_classes(const Config& config, uint32_t tokens, TransformerSpec& spec) {
  if (!classifies_images(config)) return;
  Step first = {Step::kLinear, "classifier", Bias::kNone};
  first.view.inner = {2 * spec.width};
  Step second = first;
  second.bias = Bias::kRequired;
  for (uint32_t i = 0; i < spec.width; ++i) {
    first.view.columns.push_back(i);
    second.view.columns.push_back(spec.width + i);
  }
  Step mean = {Step::kMean};
  mean.token = tokens;
  spec.encoder->outputs.push_back({"logits of the class token", {{Step::kFirst}, first}});
  spec.encoder->outputs.back().inner = true;
  add_image_classes(config, {{}, {mean, second, {Step::kAdd, "logits of the class token"}}}, spec);
}

TransformerSpec describe_dinov2(const Config& config, const Checkpoint& checkpoint,
                                const char* family, uint32_t registers) {
  const std::string base = std::string(family) + ".", embeddings = base + "embeddings.";
  TransformerSpec spec = image_encoder(config, base, 1e-6);
  TowerSpec& tower = *spec.encoder;
  EmbeddingSpec& e = tower.embedding;
  tower.tokens = read_image_input(config, checkpoint, {.family = family, .stretches = true},
                                  embeddings + "patch_embeddings.projection",
                                  embeddings + "position_embeddings", e);
  e.prefix = {{.tensor = embeddings + "cls_token", .position = 0}};
  for (uint32_t i = 0; i < registers; ++i) {
    e.prefix.push_back({.tensor = embeddings + "register_tokens", .row = i, .rows = registers});
  }
  tower.layers = layers(config, checkpoint, base);
  tower.norm = base + "layernorm";
  tower.outputs.push_back({"pooled", {{Step::kFirst}}});
  add_dinov2_classes(config, static_cast<uint32_t>(e.prefix.size()), spec);
  // What a backbone gives to detectors, and where the scales began.
  config.skip({"apply_layernorm", "layerscale_value", "out_features", "out_indices",
               "reshape_hidden_states", "stage_names"});
  return spec;
}

TransformerSpec describe_dinov2(const Config& config, const Checkpoint& checkpoint) {
  return describe_dinov2(config, checkpoint, "dinov2", 0);
}

TransformerSpec describe_with_registers(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec = describe_dinov2(config, checkpoint, "dinov2_with_registers",
                                         config.count("num_register_tokens", 4));
  spec.encoder->embedding.positions.resampling = Resampling::kSmooth;
  return spec;
}

}  // namespace

const Family kDinov2 = {
    .model_type = "dinov2",
    .name = "dinov2",
    .architectures = {"Dinov2Model", "Dinov2ForImageClassification"},
    .describe = describe_dinov2,
};

const Family kDinov2WithRegisters = {
    .model_type = "dinov2_with_registers",
    .name = "dinov2_with_registers",
    .architectures = {"Dinov2WithRegistersModel", "Dinov2WithRegistersForImageClassification"},
    .describe = describe_with_registers,
};

}  // namespace fovea::tools
