// CLIP (Radford et al. 2021) and SigLIP (Zhai et al. 2023): an encoder of images and one of texts,
// whose embeddings lie near each other where they are about the same.

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/image_encoder.h"
#include "tools/import/families/image_input.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

using nlohmann::json;
using Step = StepSpec;

const std::vector<ImageLayers> kClipLayers = {
    {"encoder.layers.",
     {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj",
      "layer_norm1", "mlp.fc1", "mlp.fc2", "layer_norm2"}}};

// What transformers' classes say where a config does not: hubs' have the differences only.
const json kClipImages = {{"hidden_act", "quick_gelu"}, {"hidden_size", 768},
                          {"image_size", 224},          {"intermediate_size", 3072},
                          {"layer_norm_eps", 1e-5},     {"num_attention_heads", 12},
                          {"num_hidden_layers", 12},    {"patch_size", 32}};
const json kClipTexts = {{"hidden_act", "quick_gelu"},    {"hidden_size", 512},
                         {"intermediate_size", 2048},     {"layer_norm_eps", 1e-5},
                         {"max_position_embeddings", 77}, {"num_attention_heads", 8},
                         {"num_hidden_layers", 12},       {"vocab_size", 49408}};
const json kSiglipImages = {
    {"hidden_act", "gelu_pytorch_tanh"}, {"hidden_size", 768},     {"image_size", 224},
    {"intermediate_size", 3072},         {"layer_norm_eps", 1e-6}, {"num_attention_heads", 12},
    {"num_hidden_layers", 12},           {"patch_size", 16}};
const json kSiglipTexts = {{"hidden_act", "gelu_pytorch_tanh"}, {"hidden_size", 768},
                           {"intermediate_size", 3072},         {"layer_norm_eps", 1e-6},
                           {"max_position_embeddings", 64},     {"num_attention_heads", 12},
                           {"num_hidden_layers", 12},           {"vocab_size", 32000}};

// Where the two families differ.
struct Form {
  bool clip;
  const char* family;
  const json &images, &texts;
};
const Form kClipForm = {true, "clip", kClipImages, kClipTexts};
const Form kSiglipForm = {false, "siglip", kSiglipImages, kSiglipTexts};

std::string architecture(const Config& config) {
  const std::vector<std::string> names = config.texts("architectures");
  return names.empty() ? std::string() : names[0];
}

// A tower's own config, or one inside another's.
class TowerConfig {
 public:
  TowerConfig(json values, const json& defaults, const std::string& path)
      : values_(std::move(values)), config_(values_, path) {
    for (const auto& [key, value] : defaults.items()) {
      if (!values_.contains(key) || values_[key].is_null()) values_[key] = value;
    }
  }
  TowerConfig(const TowerConfig&) = delete;
  const Config& get() const { return config_; }

  void finish(const char* family) const {
    // Of the tokenizer, of heads that the base class has, and names.
    config_.skip({"bos_token_id", "eos_token_id", "pad_token_id", "model_type", "projection_size"});
    config_.skip_inert();
    config_.expect_all_read(family);
  }

 private:
  json values_;
  Config config_;
};

void add_feed_forward_width(const Config& config, LayersSpec& layers) {
  auto& ffn = std::get<FeedForwardSpec>(layers.pattern[0][1].part);
  ffn.width = config.count("intermediate_size");
}

// The residual feed-forward behind what a trained query saw.
void add_pooling_head(const Config& config, const std::string& base, TowerSpec& tower) {
  const std::string head = base + "head.";
  Step probe = {Step::kProbe, head + "probe"};
  probe.projection = head + "attention";
  probe.heads = config.count("num_attention_heads");
  FeedForwardSpec ffn;
  set_activation(config, ffn);
  tower.outputs.push_back({"seen", {probe}, {}, false, /*inner=*/true});
  tower.outputs.push_back({"pooled",
                           {{Step::kNorm, head + "layernorm"},
                            {Step::kLinear, head + "mlp.fc1"},
                            {Step::kActivation, {}, Bias::kNone, ffn.activation},
                            {Step::kLinear, head + "mlp.fc2"},
                            {Step::kAdd, "seen"}},
                           "seen"});
}

TransformerSpec describe_images(const Config& config, const Checkpoint& checkpoint,
                                const std::string& base, const Form& form) {
  TransformerSpec spec = image_encoder(config, base, form.clip ? 1e-5 : 1e-6);
  TowerSpec& tower = *spec.encoder;
  EmbeddingSpec& e = tower.embedding;
  const std::string embeddings = base + "embeddings.";
  const uint32_t first = form.clip ? 1 : 0;
  tower.tokens =
      read_image_input(config, checkpoint, {.family = form.family, .positions = first},
                       embeddings + "patch_embedding", embeddings + "position_embedding.weight", e);
  tower.layers = image_layers(config, checkpoint, base, kClipLayers, true);
  add_feed_forward_width(config, tower.layers);
  spec.ignored = {embeddings + "position_ids"};
  if (form.clip) {
    e.prefix = {{.tensor = embeddings + "class_embedding", .position = 0}};
    e.norm = base + "pre_layrnorm";
    tower.outputs.push_back({"pooled", {{Step::kFirst}, {Step::kNorm, base + "post_layernorm"}}});
    return spec;
  }
  tower.norm = base + "post_layernorm";
  if (config.flag("vision_use_head", true)) add_pooling_head(config, base, tower);
  return spec;
}

TransformerSpec describe_texts(const Config& config, const Checkpoint& checkpoint,
                               const std::string& base, const Form& form) {
  TransformerSpec spec;
  spec.base = base;
  spec.width = config.count("hidden_size");
  spec.norm.epsilon = static_cast<float>(config.number("layer_norm_eps"));
  TowerSpec& tower = spec.encoder.emplace();
  const std::string embeddings = base + "embeddings.";
  tower.embedding = {
      .input = "tokens",
      .name = embeddings + "token_embedding",
      .rows = config.count("vocab_size"),
      .positions = {PositionsSpec::kLearned, embeddings + "position_embedding.weight"}};
  tower.dim = "tokens";
  tower.tokens = config.count("max_position_embeddings");
  tower.layers = image_layers(config, checkpoint, base, kClipLayers, true);
  add_feed_forward_width(config, tower.layers);
  std::get<AttentionSpec>(tower.layers.pattern[0][0].part).causal = form.clip;
  tower.norm = base + "final_layer_norm";
  // Of the token that ends the text.
  std::vector<Step> pooled = {{Step::kLast}};
  if (!form.clip) pooled.push_back({Step::kLinear, base + "head"});
  tower.outputs = {{"hidden"}, {"pooled", pooled}};
  spec.ignored = {embeddings + "position_ids"};
  return spec;
}

// What is compared with the other tower's.
void add_embedding(const std::string& projection, TransformerSpec& spec) {
  OutputSpec output = {"embedding", {{Step::kUnit}}, "pooled"};
  if (!projection.empty()) {
    output.steps.insert(output.steps.begin(), {Step::kLinear, projection, Bias::kNone});
  }
  spec.encoder->outputs.push_back(output);
}

// The factor and the bias that logits are made with: exp(logit_scale) * cosine + logit_bias.
std::vector<float> logit_numbers(const Checkpoint& checkpoint) {
  std::vector<float> numbers = {0, 0};
  checkpoint.at("logit_scale");
  checkpoint.read("logit_scale", 0, std::span(numbers).first(1));
  numbers[0] = static_cast<float>(std::exp(double{numbers[0]}));
  if (checkpoint.tensors.contains("logit_bias")) {
    checkpoint.read("logit_bias", 0, std::span(numbers).last(1));
  }
  for (const float number : numbers) {
    if (!std::isfinite(number)) {
      fail("{}: logit_scale and logit_bias must be finite numbers", checkpoint.path);
    }
  }
  return numbers;
}

void add_mean_classes(const Config& config, uint32_t first, TransformerSpec& spec) {
  Step mean = {Step::kMean};
  mean.token = first;
  add_image_classes(config, {{}, {mean, {Step::kLinear, "classifier"}}}, spec);
}

TransformerSpec describe_both(const Config& config, const Checkpoint& checkpoint,
                              const Form& form) {
  // Copies of the towers' configs, the losses' first value, sizes that tensors have.
  config.skip({"initializer_factor", "logit_scale_init_value", "projection_dim", "text_config",
               "text_config_dict", "vision_config", "vision_config_dict"});
  const auto inside = [&](const char* key, const json& defaults) {
    // What is read of it is counted in the copy.
    if (config.has(key) && !config.at(key).is_object()) config.object(key);
    return TowerConfig(checkpoint.config.value(key, json::object()), defaults,
                       config.path() + ": " + key);
  };
  const TowerConfig images = inside("vision_config", form.images);
  images.get().skip({"projection_dim"});
  TransformerSpec spec = describe_images(images.get(), checkpoint, "vision_model.", form);
  images.finish(form.family);
  spec.base = classifies_images(config) ? "vision_model." : "";
  if (classifies_images(config)) {
    add_mean_classes(config, form.clip ? 1 : 0, spec);
    return spec;
  }
  const TowerConfig texts = inside("text_config", form.texts);
  texts.get().skip({"projection_dim"});
  TransformerSpec other = describe_texts(texts.get(), checkpoint, "text_model.", form);
  texts.finish(form.family);
  add_embedding(form.clip ? "visual_projection" : "", spec);
  add_embedding(form.clip ? "text_projection" : "", other);
  spec.method = "encode_image";
  if (!form.clip) {
    // Its training looked at each pair by itself, and at texts of one length.
    spec.label_function = schema::LabelFunction::Sigmoid;
    spec.filled = other.encoder->tokens;
  }
  other.method = "encode_text";
  other.encoder->constant = "logit_scale";
  other.encoder->numbers = logit_numbers(checkpoint);
  other.ignored.insert(other.ignored.end(), {"logit_scale", "logit_bias"});
  spec.others.push_back(std::move(other));
  return spec;
}

// One tower by itself, with a projection where the class has one.
TransformerSpec describe_one(const Config& config, const Checkpoint& checkpoint, const Form& form,
                             bool images) {
  const TowerConfig tower(checkpoint.config, images ? form.images : form.texts, config.path());
  const bool projects = architecture(config).ends_with("WithProjection");
  TransformerSpec spec = images ? describe_images(tower.get(), checkpoint, "vision_model.", form)
                                : describe_texts(tower.get(), checkpoint, "text_model.", form);
  if (projects) add_embedding(images ? "visual_projection" : "text_projection", spec);
  if (!form.clip && !images) spec.filled = spec.encoder->tokens;
  tower.get().skip({"architectures", "projection_dim"});
  tower.finish(form.family);
  for (const auto& [key, value] : checkpoint.config.items()) config.skip({key.c_str()});
  return spec;
}

template <const Form& form>
TransformerSpec describe_clip(const Config& config, const Checkpoint& checkpoint) {
  return describe_both(config, checkpoint, form);
}

template <const Form& form, bool images>
TransformerSpec describe_tower(const Config& config, const Checkpoint& checkpoint) {
  return describe_one(config, checkpoint, form, images);
}

}  // namespace

const Family kClip = {
    .model_type = "clip",
    .name = "clip",
    .architectures = {"CLIPModel", "CLIPForImageClassification"},
    .describe = describe_clip<kClipForm>,
};

const Family kClipVision = {
    .model_type = "clip_vision_model",
    .name = "clip_vision_model",
    .architectures = {"CLIPVisionModel", "CLIPVisionModelWithProjection"},
    .describe = describe_tower<kClipForm, true>,
};

const Family kClipText = {
    .model_type = "clip_text_model",
    .name = "clip_text_model",
    .architectures = {"CLIPTextModel", "CLIPTextModelWithProjection"},
    .describe = describe_tower<kClipForm, false>,
};

const Family kSiglip = {
    .model_type = "siglip",
    .name = "siglip",
    .architectures = {"SiglipModel", "SiglipForImageClassification"},
    .describe = describe_clip<kSiglipForm>,
};

const Family kSiglipVision = {
    .model_type = "siglip_vision_model",
    .name = "siglip_vision_model",
    .architectures = {"SiglipVisionModel"},
    .describe = describe_tower<kSiglipForm, true>,
};

const Family kSiglipText = {
    .model_type = "siglip_text_model",
    .name = "siglip_text_model",
    .architectures = {"SiglipTextModel"},
    .describe = describe_tower<kSiglipForm, false>,
};

}  // namespace fovea::tools
