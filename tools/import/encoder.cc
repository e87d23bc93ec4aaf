#include <string>
#include <utility>
#include <vector>

#include "runtime/layout.h"
#include "tools/common/error.h"
#include "tools/graph/builder.h"
#include "tools/import/blocks.h"
#include "tools/import/config.h"
#include "tools/import/families.h"
#include "tools/import/limits.h"
#include "tools/import/tokenizer.h"
#include "tools/import/weights.h"

namespace fovea::tools {
namespace {

// What the config says.
struct Encoder {
  BlockConfig block;
  uint32_t layers = 0;
  std::string input;
  bool class_token = false;
  bool pool_first = false;
  uint32_t positions = 0;  // tokens at most, the class token among them
  schema::PatchesT image;  // input "patches"
  std::vector<std::string> labels;

  // Whether runs may have fewer tokens than the maximum. A class token before a variable number of
  // others would need extents of the form n + 1, and images have one size.
  bool variable() const { return input != "patches" && !class_token; }
};

void read_image(const Config& config, Encoder& encoder) {
  schema::PatchesT& image = encoder.image;
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
  encoder.positions = static_cast<uint32_t>(patches) + (encoder.class_token ? 1 : 0);
  const uint32_t said = config.count("max_tokens", encoder.positions);
  if (said != encoder.positions) {
    fail("{}: the config says max_tokens is {}; its image and class token make {}", config.path(),
         said, encoder.positions);
  }
}

Encoder read_encoder(const Config& config) {
  Encoder encoder;
  encoder.block = read_block_config(config);
  encoder.layers = config.count("layers");
  encoder.input = choice(config, "input", "tokens", {"tokens", "patches", "features"});
  encoder.class_token = config.flag("class_token", false);
  encoder.pool_first = choice(config, "pooling", "none", {"first", "none"}) == "first";
  encoder.labels = config.texts("labels");
  if (encoder.input == "patches") {
    read_image(config, encoder);
  } else {
    encoder.positions = config.count("max_tokens");
  }
  if (encoder.class_token && encoder.positions < 2) {
    fail("{}: the config's max_tokens of 1 leaves no room beside the class token", config.path());
  }
  return encoder;
}

// Appends the model to its method.
class EncoderBuilder {
 public:
  EncoderBuilder(const Encoder& encoder, const Config& config, Extent tokens, Weights& weights,
                 MethodBuilder& method)
      : e_(encoder),
        config_(config),
        tokens_(tokens),
        weights_(weights),
        method_(method),
        blocks_(encoder.block, names_, weights, method) {}

  int32_t embed() {
    int32_t x = e_.input == "tokens"    ? embed_tokens()
                : e_.input == "patches" ? embed_patches()
                                        : embed_features();
    const uint32_t width = e_.block.width;
    if (e_.class_token) x = method_.prepend_token(x, weights_.vector("class_token", width));
    x = add_positions(x, config_, "positions", weights_, "positions.weight", e_.positions, width,
                      -1, method_);
    return weights_.has("embed_norm.weight") ? blocks_.norm(x, "embed_norm") : x;
  }

  int32_t layers(int32_t x) {
    for (uint32_t i = 0; i < e_.layers; ++i) {
      x = blocks_.encoder_layer(x, "layers." + std::to_string(i) + ".");
    }
    return x;
  }

  void finish(int32_t x) {
    // Norm and output treat every token by itself, so choosing one first changes nothing.
    if (e_.pool_first) x = method_.select_token(x, schema::TokenChoice::Index, 0);
    if (e_.block.norm_first) x = blocks_.norm(x, "norm");
    if (!weights_.has("output.weight")) return method_.output(x, "hidden");
    method_.output(blocks_.linear(x, "output", outputs(), e_.block.width), "logits");
  }

 private:
  int32_t embed_tokens() {
    Shape shape = {tokens_};
    if (method_.batch_dim() >= 0) shape.insert(shape.begin(), {1, method_.batch_dim()});
    const int32_t ids = method_.input("tokens", schema::DType::Int32, shape);
    add_lengths();
    const uint32_t vocabulary = config_.count("vocabulary_size");
    const int32_t table = weights_.table("embed.weight", vocabulary, e_.block.width);
    return method_.embedding(ids, table, e_.block.width, 1.0f);
  }

  int32_t embed_patches() {
    const schema::PatchesT& image = e_.image;
    Shape shape = {{image.height}, {image.width}, {image.channels}};
    if (method_.batch_dim() >= 0) shape.insert(shape.begin(), {1, method_.batch_dim()});
    const int32_t pixels = method_.input("image", schema::DType::Float32, shape);
    const uint32_t columns = image.patch * image.patch * image.channels;
    return blocks_.linear(method_.patches(pixels, image), "patch", e_.block.width, columns);
  }

  int32_t embed_features() {
    const uint32_t width = config_.count("features");
    const int32_t frames =
        method_.input("features", schema::DType::Float32, method_.rows(tokens_, width));
    add_lengths();
    return blocks_.linear(frames, "features", e_.block.width, width);
  }

  void add_lengths() {
    if (e_.variable()) method_.lengths();
  }

  uint32_t outputs() const {
    if (!e_.labels.empty()) return static_cast<uint32_t>(e_.labels.size());
    return weights_.rows("output.weight");
  }

  static constexpr BlockNames names_ = {};
  const Encoder& e_;
  const Config& config_;
  Extent tokens_;
  Weights& weights_;
  MethodBuilder& method_;
  BlockBuilder blocks_;
};

void add_vocabulary(const Config& config, Graph& graph) {
  std::vector<std::string> pieces = config.texts("vocabulary");
  if (pieces.empty()) return;
  graph.model.tokenizers.push_back(character_tokenizer("text", std::move(pieces), config));
}

}  // namespace

Graph import_encoder(const Checkpoint& checkpoint, const Maxima& maxima) {
  const Config config(checkpoint.config, checkpoint.path);
  const Encoder encoder = read_encoder(config);
  Graph graph;
  Limits limits(maxima, graph);
  Weights weights(checkpoint, graph);
  weights.expect_layers("layers.", encoder.layers, "layers");
  Extent tokens = {encoder.positions - (encoder.class_token ? 1 : 0)};
  if (encoder.variable()) {
    const std::string name = encoder.input == "features" ? "frames" : "tokens";
    tokens = {1, add_dim(graph, name, limits.take(name, tokens.count, tokens.count))};
  }
  const int32_t batch = add_batch(graph, limits);
  limits.expect_all_taken();
  MethodBuilder method(graph, "forward", batch);
  EncoderBuilder builder(encoder, config, tokens, weights, method);
  builder.finish(builder.layers(builder.embed()));
  method.finish();
  graph.model.labels = encoder.labels;
  add_vocabulary(config, graph);
  weights.expect_all_used("encoder");
  config.expect_all_read("encoder");
  return graph;
}

}  // namespace fovea::tools
