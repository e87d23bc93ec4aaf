// T5 (Raffel et al. 2020), its version 1.1 and Flan-T5, and mT5 (Xue et al. 2021): scores that are
// not scaled and know positions by how far keys are from the query alone.

#include <cmath>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/t5_layout.h"

namespace fovea::tools {
namespace {

// How the releases of transformers differ that scale what the head takes.
enum class Scaling { kSaid, kNever };

// The encoder, or the decoder, which looks at it besides.
TowerSpec t5_tower(const Config& config, const std::string& side, const char* feed_forward) {
  TowerSpec tower = read_t5_tower(config, side, feed_forward);
  tower.embedding = {.name = "shared", .rows = config.count("vocab_size")};
  tower.tokens = side == "decoder" ? config.count("n_positions", 512) : kMostT5Tokens;
  tower.usual = config.count("n_positions", 512);
  tower.longest = kMostT5Tokens;
  return tower;
}

// Which of its own a checkpoint's architecture is.
bool is(const Config& config, const char* end) {
  const std::vector<std::string> names = config.texts("architectures");
  return !names.empty() && names[0].ends_with(end);
}

// With the embedding for a head, version 1.0 multiplies what the head takes by 1 / sqrt(width).
void read_head(const Config& config, Scaling scaling, TransformerSpec& spec) {
  HeadSpec& head = spec.decoder->head;
  head.linear = {"lm_head", {}, Bias::kNone};
  head.outputs = spec.decoder->embedding.rows;
  const bool tied = config.flag("tie_word_embeddings", true);
  head.tie = tied ? HeadSpec::kUnlessStored : HeadSpec::kApart;
  const bool later = config.text("transformers_version", "").starts_with("5");
  if (scaling == Scaling::kNever && tied && !later && !config.has("scale_decoder_outputs")) {
    fail(
        "{}: the config says tie_word_embeddings is true, with which transformers 4 scales what "
        "the head of this family takes and transformers 5 does not; add scale_decoder_outputs, "
        "true or false",
        config.path());
  }
  const bool scaled = config.flag("scale_decoder_outputs", tied && scaling == Scaling::kSaid);
  if (scaled) head.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(spec.width)));
}

TransformerSpec describe_t5(const Config& config, Scaling scaling, const char* feed_forward) {
  TransformerSpec spec;
  spec.width = config.count("d_model");
  spec.norm = read_t5_norm(config);
  TowerSpec& encoder = spec.encoder.emplace(t5_tower(config, "encoder", feed_forward));
  spec.copies = {{"encoder.embed_tokens.weight", "shared.weight"},
                 {"decoder.embed_tokens.weight", "shared.weight"}};
  // Of the first releases: no position counts in attention to an encoder.
  spec.ignored = {"decoder.block.0.layer.1.EncDecAttention.relative_attention_bias."};
  if (is(config, "EncoderModel")) {
    encoder.embedding.input = encoder.dim = "tokens";
    encoder.outputs = {{"hidden"}};
    config.skip({"num_decoder_layers", "tie_word_embeddings", "scale_decoder_outputs"});
    return spec;
  }
  config.expect("is_decoder", false);
  encoder.embedding.input = "source";
  encoder.dim = "source_tokens";
  TowerSpec& decoder = spec.decoder.emplace(t5_tower(config, "decoder", feed_forward));
  decoder.embedding.input = decoder.dim = "tokens";
  if (is(config, "ForConditionalGeneration")) {
    read_head(config, scaling, spec);
  } else {
    decoder.head.optional = true;
    config.skip({"tie_word_embeddings", "scale_decoder_outputs"});
  }
  return spec;
}

TransformerSpec describe_t5(const Config& config, const Checkpoint&) {
  return describe_t5(config, Scaling::kSaid, "relu");
}

TransformerSpec describe_mt5(const Config& config, const Checkpoint&) {
  return describe_t5(config, Scaling::kNever, "gated-gelu");
}

}  // namespace

const Family kT5 = {
    .model_type = "t5",
    .name = "t5",
    .architectures = {"T5ForConditionalGeneration", "T5Model", "T5EncoderModel",
                      "T5WithLMHeadModel"},
    .describe = describe_t5,
    .tokens = {{"eos_token_id", 1}, {"pad_token_id", 0}},
};

const Family kMt5 = {
    .model_type = "mt5",
    .name = "mt5",
    .architectures = {"MT5ForConditionalGeneration", "MT5Model", "MT5EncoderModel"},
    .describe = describe_mt5,
    .tokens = {{"eos_token_id", 1}, {"pad_token_id", 0}, {"decoder_start_token_id", 0}},
};

}  // namespace fovea::tools
