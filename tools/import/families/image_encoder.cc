#include "tools/import/families/image_encoder.h"

#include <utility>

#include "tools/common/error.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {

bool has_tensors(const Checkpoint& checkpoint, const std::string& base, const std::string& start) {
  for (const std::string& name : {base + start, start}) {
    const auto found = checkpoint.tensors.lower_bound(name);
    if (found != checkpoint.tensors.end() && found->first.starts_with(name)) return true;
  }
  return false;
}

// x * sigmoid(1.702 * x) is the SiLU of 1.702 * x, divided by that.
void set_activation(const Config& config, FeedForwardSpec& ffn) {
  if (config.text("hidden_act") != "quick_gelu") {
    ffn.activation = config.function("hidden_act");
    return;
  }
  constexpr double kSlope = 1.702;
  ffn.activation = schema::Function::Silu;
  ffn.up.gain = static_cast<float>(kSlope);
  ffn.down.view.factor = static_cast<float>(1 / kSlope);
}

std::vector<uint32_t> counts(const Config& config, const char* key, double most) {
  std::vector<uint32_t> made;
  for (const double number : config.numbers(key)) {
    if (!(number >= 1 && number <= most) || number != static_cast<uint32_t>(number)) {
      fail("{}: the config's {} must be whole numbers from 1 to {}", config.path(),
           config.name(key), most);
    }
    made.push_back(static_cast<uint32_t>(number));
  }
  return made;
}

uint32_t multiplied(const Config& config, const char* key, const char* ratio, double otherwise) {
  const double product = config.count(key) * config.positive(ratio, otherwise);
  constexpr double kMost = 1 << 20;
  if (product >= 1 && product <= kMost) return static_cast<uint32_t>(product);
  fail("{}: the config's {} makes a width of {}; it must be from 1 to {}", config.path(),
       config.name(ratio), product, kMost);
}

const std::vector<ImageLayers>& vit_layers() {
  static const std::vector<ImageLayers> layers = {
      {"encoder.layer.",
       {"attention.attention.query", "attention.attention.key", "attention.attention.value",
        "attention.output.dense", "layernorm_before", "intermediate.dense", "output.dense",
        "layernorm_after"}},
      {"layers.",
       {"attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj",
        "layernorm_before", "mlp.fc1", "mlp.fc2", "layernorm_after"}}};
  return layers;
}

LayersSpec image_layers(const Config& config, const Checkpoint& checkpoint, const std::string& base,
                        const std::vector<ImageLayers>& choices, bool biased) {
  const ImageLayers* layers = &choices[0];
  for (const ImageLayers& choice : choices) {
    const std::string first = choice.prefix + std::string("0.") + choice.names.query;
    if (has_tensors(checkpoint, base, first)) layers = &choice;
  }
  const ImageLayer& names = layers->names;
  const Bias bias = biased ? Bias::kRequired : Bias::kNone;
  AttentionSpec self = {.query = {names.query, {}, bias},
                        .key = {names.key, {}, bias},
                        .value = {names.value, {}, bias},
                        .output = {names.output, {}, Bias::kRequired}};
  self.heads.count = self.heads.kv_count = config.count("num_attention_heads");
  self.heads.key_width = self.heads.value_width =
      config.divided("hidden_size", "num_attention_heads");
  FeedForwardSpec ffn = {.up = {names.up, {}, Bias::kRequired},
                         .down = {names.down, {}, Bias::kRequired}};
  set_activation(config, ffn);
  return {base + layers->prefix,
          config.count("num_hidden_layers"),
          "num_hidden_layers",
          {{{names.attention_norm, self}, {names.ffn_norm, ffn}}}};
}

TransformerSpec image_encoder(const Config& config, const std::string& base, double epsilon) {
  TransformerSpec spec;
  spec.base = base;
  spec.width = config.count("hidden_size");
  spec.norm.epsilon = static_cast<float>(config.number("layer_norm_eps", epsilon));
  spec.encoder.emplace().outputs = {{"hidden"}};
  // What stands for patches that a training hid.
  spec.ignored = {base + "embeddings.mask_token"};
  config.skip({"use_mask_token"});
  return spec;
}

bool classifies_images(const Config& config) {
  for (const std::string& name : config.texts("architectures")) {
    for (const char* kind : {"ForImageClassification", "ForAudioClassification"}) {
      if (name.find(kind) != name.npos) return true;
    }
  }
  return false;
}

void add_image_classes(const Config& config, OutputSpec logits, TransformerSpec& spec) {
  if (!classifies_images(config)) return;
  logits.name = "logits";
  spec.encoder->outputs.push_back(std::move(logits));
  spec.labels = read_labels(config);
  spec.label_function = label_function(config, TextHead::kSequence, spec.labels.size());
}

}  // namespace fovea::tools
