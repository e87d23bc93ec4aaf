// Vision transformers: ViT (Dosovitskiy et al. 2020) and DeiT, which has one more token, for what
// it learned from a teacher (Touvron et al. 2021).

#include <string>
#include <vector>

#include "tools/import/families.h"
#include "tools/import/families/image_encoder.h"
#include "tools/import/families/image_input.h"

namespace fovea::tools {
namespace {

using Step = StepSpec;

TransformerSpec describe_vit(const Config& config, const Checkpoint& checkpoint,
                             const std::string& base, std::vector<TokenSpec> tokens) {
  TransformerSpec spec = image_encoder(config, base, 1e-12);
  TowerSpec& tower = *spec.encoder;
  const std::string embeddings = base + "embeddings.";
  const auto count = static_cast<uint32_t>(tokens.size());
  tower.tokens =
      read_image_input(config, checkpoint, {.family = spec.base.c_str(), .positions = count},
                       embeddings + "patch_embeddings.projection",
                       embeddings + "position_embeddings", tower.embedding);
  tower.embedding.prefix = std::move(tokens);
  tower.layers =
      image_layers(config, checkpoint, base, vit_layers(), config.flag("qkv_bias", true));
  FeedForwardSpec& ffn = std::get<FeedForwardSpec>(tower.layers.pattern[0][1].part);
  ffn.width = config.count("intermediate_size");
  tower.norm = base + "layernorm";
  const schema::Function pooler =
      config.has("pooler_act") ? config.function("pooler_act") : schema::Function::Tanh;
  tower.outputs.push_back({"pooled",
                           {{Step::kFirst},
                            {Step::kLinear, base + "pooler.dense"},
                            {Step::kActivation, {}, Bias::kNone, pooler}},
                           {},
                           /*optional=*/true});
  // The pooler's tensor has its width; pixels that a decoder makes are a training's.
  config.skip({"encoder_stride", "pooler_output_size"});
  return spec;
}

}  // namespace

TransformerSpec vit_encoder(const Config& config, const Checkpoint& checkpoint,
                            const std::string& base) {
  return describe_vit(config, checkpoint, base,
                      {{.tensor = base + "embeddings.cls_token", .position = 0}});
}

TransformerSpec deit_encoder(const Config& config, const Checkpoint& checkpoint,
                             const std::string& base) {
  return describe_vit(config, checkpoint, base,
                      {{.tensor = base + "embeddings.cls_token", .position = 0},
                       {.tensor = base + "embeddings.distillation_token", .position = 1}});
}

namespace {

TransformerSpec describe_vit(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec = vit_encoder(config, checkpoint, "vit.");
  add_image_classes(config, {{}, {{Step::kFirst}, {Step::kLinear, "classifier"}}}, spec);
  return spec;
}

TransformerSpec describe_deit(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec = deit_encoder(config, checkpoint, "deit.");
  const std::vector<std::string> names = config.texts("architectures");
  if (names.empty() || names[0] != "DeiTForImageClassificationWithTeacher") {
    add_image_classes(config, {{}, {{Step::kFirst}, {Step::kLinear, "classifier"}}}, spec);
    return spec;
  }
  // The mean of what both tokens say.
  Step second = {Step::kFirst};
  second.token = 1;
  Step half = {Step::kScale};
  half.factor = 0.5f;
  spec.encoder->outputs.push_back(
      {"cls_logits", {{Step::kFirst}, {Step::kLinear, "cls_classifier"}}});
  spec.encoder->outputs.push_back(
      {"distillation_logits", {second, {Step::kLinear, "distillation_classifier"}}});
  add_image_classes(config, {{}, {{Step::kAdd, "cls_logits"}, half}, "distillation_logits"}, spec);
  return spec;
}

}  // namespace

const Family kVit = {
    .model_type = "vit",
    .name = "vit",
    .architectures = {"ViTModel", "ViTForImageClassification"},
    .describe = describe_vit,
};

const Family kDeit = {
    .model_type = "deit",
    .name = "deit",
    .architectures = {"DeiTModel", "DeiTForImageClassification",
                      "DeiTForImageClassificationWithTeacher"},
    .describe = describe_deit,
};

}  // namespace fovea::tools
