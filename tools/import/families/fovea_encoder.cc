// fovea's own layout of encoders of tokens, image patches or frames of features.

#include <string>
#include <vector>

#include "runtime/layout.h"
#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/fovea_layout.h"
#include "tools/import/tokenizer.h"

namespace fovea::tools {
namespace {

// Returns the patches of an image.
uint32_t read_image(const Config& config, bool class_token, schema::PatchesT& image) {
  image.height = config.count("image_height");
  image.width = config.count("image_width");
  image.channels = config.count("channels");
  image.patch = config.count("patch");
  config.divided("image_height", "patch");
  config.divided("image_width", "patch");
  const uint64_t patches = uint64_t{image.height / image.patch} * (image.width / image.patch);
  const uint64_t columns = uint64_t{image.patch} * image.patch;
  if (patches >= kMaxExtent || columns > kMaxExtent / image.channels) {
    fail("{}: the config's image of {} x {} x {} in patches of {} is larger than any tensor",
         config.path(), image.height, image.width, image.channels, image.patch);
  }
  const uint32_t tokens = static_cast<uint32_t>(patches) + (class_token ? 1 : 0);
  const uint32_t said = config.count("max_tokens", tokens);
  if (said != tokens) {
    fail("{}: the config says max_tokens is {}; its image and class token make {}", config.path(),
         said, tokens);
  }
  return static_cast<uint32_t>(patches);
}

// What goes in, and how many tokens it makes.
void read_own_input(const Config& config, const std::string& input, TowerSpec& tower) {
  EmbeddingSpec& e = tower.embedding;
  const bool class_token = !e.class_token.empty();
  if (input == "patches") {
    e.kind = EmbeddingSpec::kPatches;
    e.input = "image";
    e.name = "patch";
    tower.tokens = read_image(config, class_token, e.image);
    return;
  }
  const uint32_t most = config.count("max_tokens");
  if (class_token && most < 2) {
    fail("{}: the config's max_tokens of 1 leaves no room beside the class token", config.path());
  }
  tower.tokens = most - (class_token ? 1 : 0);
  const bool frames = input == "features";
  e.kind = frames ? EmbeddingSpec::kFeatures : EmbeddingSpec::kTokens;
  e.input = input;
  e.name = frames ? "features" : "embed";
  e.rows = config.count(frames ? "features" : "vocabulary_size");
  // A class token before a variable number of others would need extents of the form n + 1.
  if (!class_token) tower.dim = frames ? "frames" : "tokens";
}

TransformerSpec describe_fovea_encoder(const Config& config, const Checkpoint&) {
  const FoveaParts parts = read_fovea_parts(config);
  TransformerSpec spec;
  spec.width = parts.width;
  spec.norm = parts.norm;
  TowerSpec& tower = spec.encoder.emplace();
  tower.layers = {"layers.", config.count("layers"), "layers", {parts.encoder_layer()}};
  const std::string input = config.choice("input", "tokens", {"tokens", "patches", "features"});
  if (config.flag("class_token", false)) tower.embedding.class_token = "class_token";
  tower.pool_first = config.choice("pooling", "none", {"first", "none"}) == "first";
  spec.labels = config.texts("labels");
  read_own_input(config, input, tower);
  tower.embedding.positions = read_fovea_positions(config, "positions", "positions.weight");
  tower.embedding.norm = "embed_norm";
  tower.embedding.norm_optional = true;
  if (spec.norm.before) tower.norm = "norm";
  tower.head = {
      .linear = {"output"}, .outputs = static_cast<uint32_t>(spec.labels.size()), .optional = true};
  if (std::vector<std::string> pieces = config.texts("vocabulary"); !pieces.empty()) {
    spec.tokenizers.push_back(character_tokenizer("text", std::move(pieces), config));
  }
  return spec;
}

}  // namespace

const Family kFoveaEncoder = {
    .model_type = "fovea-encoder",
    .name = "encoder",
    .architectures = {"FoveaEncoder"},
    .describe = describe_fovea_encoder,
};

}  // namespace fovea::tools
