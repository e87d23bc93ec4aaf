// Encoders of images with a decoder of texts, of which TrOCR (Li et al. 2021) is one: each has a
// config of its own.

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/image_encoder.h"
#include "tools/import/families/seq2seq_layout.h"

namespace fovea::tools {
namespace {

constexpr const char* kTrocrName = "vision-encoder-decoder";
constexpr uint32_t kPadding = 1;  // unless the config says

TransformerSpec read_encoder(const Config& config, const Checkpoint& checkpoint) {
  const std::string type = config.choice("model_type", "vit", {"vit", "deit", "beit"});
  auto* const read = type == "vit" ? vit_encoder : type == "deit" ? deit_encoder : beit_encoder;
  TransformerSpec spec = read(config, checkpoint, "encoder.");
  spec.encoder->outputs.clear();
  spec.encoder->width = spec.width;
  spec.encoder->norms = spec.norm;
  spec.ignored.push_back("encoder.pooler.");
  config.skip_inert();
  return spec;
}

PositionsSpec read_positions(const Config& config, uint32_t tokens) {
  if (!config.flag("use_learned_position_embeddings", true)) {
    PositionsSpec sines = {PositionsSpec::kSinesFirstEnds};
    const int32_t padding = config.token("pad_token_id");
    sines.first = (padding < 0 ? kPadding : static_cast<uint32_t>(padding)) + 1;
    return sines;
  }
  PositionsSpec learned = {PositionsSpec::kLearned, "decoder.model.decoder.embed_positions.weight"};
  learned.first = 2;
  learned.rows = tokens + 2;
  return learned;
}

TowerSpec read_decoder(const Config& config) {
  config.choice("model_type", "trocr", {"trocr"});
  for (const char* key : {"is_decoder", "add_cross_attention"}) config.expect(key, true);
  TowerSpec tower;
  const std::string prefix = "decoder.model.decoder.";
  tower.tokens = config.count("max_position_embeddings", 512);
  EmbeddingSpec& e = tower.embedding;
  e.input = tower.dim = "tokens";
  e.name = prefix + "embed_tokens";
  e.rows = config.count("vocab_size");
  if (config.flag("scale_embedding", false)) {
    e.scale = static_cast<float>(std::sqrt(static_cast<double>(config.count("d_model"))));
  }
  e.positions = read_positions(config, tower.tokens);
  if (config.flag("layernorm_embedding", true)) e.norm = prefix + "layernorm_embedding";
  tower.layers = {prefix + "layers.",
                  config.count("decoder_layers"),
                  "decoder.decoder_layers",
                  {seq2seq_layer(config, "decoder", {})}};
  tower.head.linear = {"decoder.output_projection", {}, Bias::kNone};
  tower.head.outputs = e.rows;
  tower.head.tie =
      config.flag("tie_word_embeddings", true) ? HeadSpec::kUnlessStored : HeadSpec::kApart;
  config.skip_inert();
  return tower;
}

// What keys and values are made of: the encoder's numbers, or as many as the decoder has.
void join(const Config& decoder, TransformerSpec& spec) {
  TowerSpec& encoder = *spec.encoder;
  const uint32_t width = encoder.width;
  if (decoder.count("cross_attention_hidden_size", width) != width) {
    fail("{}: the config's {} is {}, its encoder.hidden_size {}; they must be the same",
         decoder.path(), decoder.name("cross_attention_hidden_size"),
         decoder.count("cross_attention_hidden_size"), width);
  }
  if (decoder.has("cross_attention_hidden_size") || width == spec.width) return;
  encoder.project = {"enc_to_dec_proj", {}, Bias::kRequired};
  encoder.project_width = spec.width;
}

TransformerSpec describe_trocr(const Config& config, const Checkpoint& checkpoint) {
  const Config decoder = config.object("decoder");
  TransformerSpec encoder = read_encoder(config.object("encoder"), checkpoint);
  TransformerSpec spec;
  spec.width = decoder.count("d_model");
  spec.norm = {.epsilon = 1e-5f, .before = false};
  spec.encoder = std::move(encoder.encoder);
  spec.decoder = read_decoder(decoder);
  join(decoder, spec);
  spec.ignored = std::move(encoder.ignored);
  // A number whose device tells where sinusoids are made.
  spec.ignored.push_back("decoder.model.decoder.embed_positions._float_tensor");
  // Of the parts, which have their own.
  config.skip({"tie_word_embeddings", "is_encoder_decoder", "vocab_size"});
  return spec;
}

}  // namespace

const Family kVisionEncoderDecoder = {
    .model_type = kTrocrName,
    .name = kTrocrName,
    .architectures = {"VisionEncoderDecoderModel"},
    .describe = describe_trocr,
};

}  // namespace fovea::tools
