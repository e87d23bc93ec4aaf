// fovea's own layout of encoders with a decoder that looks at what they made (Vaswani et al. 2017).

#include <cmath>
#include <string>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/fovea_layout.h"
#include "tools/import/tokenizer.h"

namespace fovea::tools {
namespace {

uint32_t vocabulary_size(const Config& config, const char* key) {
  const size_t pieces = config.texts(key).size();
  if (pieces == 0) fail("{}: the config has no {}; add the list of its pieces", config.path(), key);
  return static_cast<uint32_t>(pieces);
}

// What both towers have.
void fill(TowerSpec& tower, const std::string& side, LayerSpec layer, bool norm) {
  tower.embedding.name = side + ".embed";
  tower.layers.prefix = side + ".layers.";
  tower.layers.pattern = {std::move(layer)};
  if (norm) tower.norm = side + ".norm";
}

TransformerSpec describe(const Config& config, const Checkpoint&) {
  const FoveaParts parts = read_fovea_parts(config);
  TransformerSpec spec;
  spec.width = parts.width;
  spec.norm = parts.norm;
  TowerSpec& encoder = spec.encoder.emplace();
  TowerSpec& decoder = spec.decoder.emplace();
  fill(encoder, "encoder", parts.encoder_layer(), spec.norm.before);
  fill(decoder, "decoder", parts.decoder_layer(), spec.norm.before);
  encoder.embedding.input = "source";
  encoder.dim = "source_tokens";
  decoder.embedding.input = decoder.dim = "tokens";
  encoder.layers.count = config.count(encoder.layers.key = "encoder_layers");
  decoder.layers.count = config.count(decoder.layers.key = "decoder_layers");
  encoder.tokens = config.count("max_source");
  decoder.tokens = config.count("max_target");
  encoder.embedding.rows = vocabulary_size(config, "source_vocabulary");
  decoder.embedding.rows = vocabulary_size(config, "target_vocabulary");
  if (config.flag("scale_embedding", false)) {
    encoder.embedding.scale = decoder.embedding.scale =
        static_cast<float>(std::sqrt(static_cast<double>(spec.width)));
  }
  decoder.head = {
      .tie = config.flag("tie_output", false) ? HeadSpec::kTied : HeadSpec::kApart,
      .linear = {"output"},
      .outputs = decoder.embedding.rows,
  };
  encoder.embedding.positions =
      read_fovea_positions(config, "source_positions", "encoder.positions.weight");
  decoder.embedding.positions =
      read_fovea_positions(config, "target_positions", "decoder.positions.weight");
  for (const std::string side : {"source", "target"}) {
    spec.tokenizers.push_back(
        character_tokenizer(side, config.texts((side + "_vocabulary").c_str()), config));
  }
  return spec;
}

}  // namespace

const Family kFoveaEncoderDecoder = {
    .model_type = "fovea-encoder-decoder",
    .name = "encoder-decoder",
    .architectures = {"FoveaEncoderDecoder"},
    .describe = describe,
};

}  // namespace fovea::tools
