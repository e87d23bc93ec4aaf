#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tools/common/error.h"
#include "tools/graph/builder.h"
#include "tools/import/blocks.h"
#include "tools/import/config.h"
#include "tools/import/families.h"
#include "tools/import/limits.h"
#include "tools/import/states.h"
#include "tools/import/tokenizer.h"
#include "tools/import/weights.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kUsualTokens = 64;  // maximum of tokens in a run, unless asked otherwise

// What the config says.
struct EncoderDecoder {
  BlockConfig block;
  uint32_t encoder_layers = 0, decoder_layers = 0;
  uint32_t max_source = 0, max_target = 0;
  uint32_t source_vocabulary = 0, target_vocabulary = 0;
  float embedding_scale = 1;
  bool tied = false;
};

uint32_t vocabulary_size(const Config& config, const char* key) {
  const size_t pieces = config.texts(key).size();
  if (pieces == 0) fail("{}: the config has no {}; add the list of its pieces", config.path(), key);
  return static_cast<uint32_t>(pieces);
}

EncoderDecoder read_model_config(const Config& config) {
  EncoderDecoder model;
  model.block = read_block_config(config);
  model.encoder_layers = config.count("encoder_layers");
  model.decoder_layers = config.count("decoder_layers");
  model.max_source = config.count("max_source");
  model.max_target = config.count("max_target");
  model.source_vocabulary = vocabulary_size(config, "source_vocabulary");
  model.target_vocabulary = vocabulary_size(config, "target_vocabulary");
  if (config.flag("scale_embedding", false)) {
    model.embedding_scale = static_cast<float>(std::sqrt(static_cast<double>(model.block.width)));
  }
  model.tied = config.flag("tie_output", false);
  return model;
}

// What both methods refer to.
struct Shared {
  uint32_t source_dim = 0, target_dim = 0;
  int32_t batch_dim = -1;
  uint32_t cross_cache = 0, self_cache = 0;
  std::vector<KeyValues> cross, self;  // by layer of the decoder
};

class Importer {
 public:
  Importer(const EncoderDecoder& model, const Config& config, const Shared& shared, Graph& graph,
           Weights& weights)
      : m_(model), config_(config), shared_(shared), graph_(graph), weights_(weights) {}

  void add_encode() {
    MethodBuilder method(graph_, "encode", shared_.batch_dim);
    BlockBuilder blocks(m_.block, names_, weights_, method);
    const int32_t source = input(method, "source", shared_.source_dim);
    const int32_t table =
        weights_.table("encoder.embed.weight", m_.source_vocabulary, m_.block.width);
    int32_t x = method.embedding(source, table, m_.block.width, m_.embedding_scale);
    x = add_positions(x, config_, "source_positions", weights_, "encoder.positions.weight",
                      m_.max_source, m_.block.width, -1, method);
    for (uint32_t i = 0; i < m_.encoder_layers; ++i) {
      x = blocks.encoder_layer(x, "encoder.layers." + std::to_string(i) + ".");
    }
    if (m_.block.norm_first) x = blocks.norm(x, "encoder.norm");
    for (uint32_t i = 0; i < m_.decoder_layers; ++i) {
      blocks.store_memory(x, layer(i) + "cross_attention", shared_.cross[i]);
    }
    method.update(shared_.cross_cache, schema::UpdateMode::Replace, shared_.source_dim);
    method.finish();
  }

  void add_decode() {
    MethodBuilder method(graph_, "decode", shared_.batch_dim);
    BlockBuilder blocks(m_.block, names_, weights_, method);
    const int32_t tokens = input(method, "tokens", shared_.target_dim);
    int32_t x = method.embedding(tokens, target_table(), m_.block.width, m_.embedding_scale);
    x = add_positions(x, config_, "target_positions", weights_, "decoder.positions.weight",
                      m_.max_target, m_.block.width, static_cast<int32_t>(shared_.self_cache),
                      method);
    for (uint32_t i = 0; i < m_.decoder_layers; ++i) x = decoder_layer(blocks, x, i);
    if (m_.block.norm_first) x = blocks.norm(x, "decoder.norm");
    method.output(logits(method, x), "logits");
    method.update(shared_.self_cache, schema::UpdateMode::Append, shared_.target_dim);
    method.finish();
  }

 private:
  static std::string layer(uint32_t index) {
    return "decoder.layers." + std::to_string(index) + ".";
  }

  int32_t input(MethodBuilder& method, const char* name, uint32_t dim) const {
    Shape shape = {{1, static_cast<int32_t>(dim)}};
    if (shared_.batch_dim >= 0) shape.insert(shape.begin(), {1, shared_.batch_dim});
    const int32_t ids = method.input(name, schema::DType::Int32, shape);
    method.lengths();
    return ids;
  }

  int32_t target_table() {
    const std::string name = "decoder.embed.weight";
    return m_.tied ? weights_.matrix(name, m_.target_vocabulary, m_.block.width)
                   : weights_.table(name, m_.target_vocabulary, m_.block.width);
  }

  int32_t decoder_layer(BlockBuilder& blocks, int32_t x, uint32_t index) {
    const std::string name = layer(index);
    x = blocks.residual(x, name + "attention_norm", [&](int32_t y) {
      return blocks.causal_attention(y, name + "attention", shared_.self[index]);
    });
    x = blocks.residual(x, name + "cross_attention_norm", [&](int32_t y) {
      return blocks.cross_attention(y, name + "cross_attention", shared_.cross[index]);
    });
    return blocks.residual(x, name + "ffn_norm",
                           [&](int32_t y) { return blocks.feed_forward(y, name + "ffn"); });
  }

  int32_t logits(MethodBuilder& method, int32_t x) {
    const std::string name = m_.tied ? "decoder.embed.weight" : "output.weight";
    const int32_t matrix = weights_.matrix(name, m_.target_vocabulary, m_.block.width);
    const int32_t bias = weights_.optional_vector("output.bias", m_.target_vocabulary);
    return method.linear(x, matrix, bias, m_.target_vocabulary);
  }

  static constexpr BlockNames names_ = {};
  const EncoderDecoder& m_;
  const Config& config_;
  const Shared& shared_;
  Graph& graph_;
  Weights& weights_;
};

// Dims, caches and states.
Shared add_shared(const EncoderDecoder& model, Limits& limits, Graph& graph) {
  Shared shared;
  const uint32_t source = limits.take("source_tokens", model.max_source, model.max_source);
  const uint32_t context = limits.take("context", model.max_target, model.max_target);
  const uint32_t tokens = limits.take("tokens", std::min(kUsualTokens, context), context);
  shared.source_dim = static_cast<uint32_t>(add_dim(graph, "source_tokens", source));
  shared.target_dim = static_cast<uint32_t>(add_dim(graph, "tokens", tokens));
  shared.batch_dim = add_batch(graph, limits);
  limits.expect_all_taken();
  shared.cross_cache = add_cache(graph, "cross", source);
  shared.self_cache = add_cache(graph, "self", context);
  for (uint32_t i = 0; i < model.decoder_layers; ++i) {
    const std::string name = std::to_string(i);
    shared.cross.push_back(
        add_states(graph, "cross." + name, shared.cross_cache, model.block.heads));
    shared.self.push_back(add_states(graph, "self." + name, shared.self_cache, model.block.heads));
  }
  return shared;
}

}  // namespace

Graph import_encoder_decoder(const Checkpoint& checkpoint, const Maxima& maxima) {
  const Config config(checkpoint.config, checkpoint.path);
  const EncoderDecoder model = read_model_config(config);
  Graph graph;
  Limits limits(maxima, graph);
  Weights weights(checkpoint, graph);
  weights.expect_layers("encoder.layers.", model.encoder_layers, "encoder_layers");
  weights.expect_layers("decoder.layers.", model.decoder_layers, "decoder_layers");
  const Shared shared = add_shared(model, limits, graph);
  Importer importer(model, config, shared, graph, weights);
  importer.add_encode();
  importer.add_decode();
  for (const char* side : {"source", "target"}) {
    graph.model.tokenizers.push_back(character_tokenizer(
        side, config.texts((std::string(side) + "_vocabulary").c_str()), config));
  }
  weights.expect_all_used("encoder-decoder");
  config.expect_all_read("encoder-decoder");
  return graph;
}

}  // namespace fovea::tools
