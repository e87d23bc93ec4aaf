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

// Keys and values of a decoder's layer may be made by the matrices of the encoder's layer of the
// same number.
void tie_to_encoder(const Config& config, const LayersSpec& encoder, LayersSpec& decoder) {
  const std::string tied = config.choice("tie_encoder", "none", {"none", "self", "cross", "both"});
  if (tied == "none") return;
  if (decoder.count > encoder.count) {
    fail(
        "{}: the config's tie_encoder of {} needs decoder_layers ({}) of at most encoder_layers "
        "({})",
        config.path(), tied, decoder.count, encoder.count);
  }
  const LayerSpec layer = decoder.pattern[0];
  decoder.pattern.assign(decoder.count, layer);
  for (uint32_t i = 0; i < decoder.count; ++i) {
    for (BlockSpec& block : decoder.pattern[i]) {
      auto* attention = std::get_if<AttentionSpec>(&block.part);
      if (attention == nullptr) continue;
      if (tied == (attention->sight == Sight::kEncoder ? "self" : "cross")) continue;
      const auto* own = encoder.attention(i, Sight::kRun);
      const auto tie = [&](LinearSpec& linear, const LinearSpec& to) {
        if (to.name.empty()) return;
        linear.name = encoder.name(i) + to.name;
        linear.whole = true;
      };
      tie(attention->key, own->key);
      tie(attention->value, own->value);
    }
  }
}

TransformerSpec describe_fovea_encoder_decoder(const Config& config, const Checkpoint&) {
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
  tie_to_encoder(config, encoder.layers, decoder.layers);
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
    .describe = describe_fovea_encoder_decoder,
};

}  // namespace fovea::tools
