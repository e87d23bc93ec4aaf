// Whisper (Radford et al. 2022): two convolutions over log-mel frames, then layers as BART has
// them, norms before parts.

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/audio_input.h"
#include "tools/import/families/seq2seq_layout.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kTaps = 3;
constexpr uint32_t kMostPositions = 1u << 20;

FrameConvolution convolution(const std::string& name, uint32_t columns, uint32_t outputs,
                             uint32_t stride, schema::Function function) {
  FrameConvolution made = {name, columns, outputs};
  made.form.taps = kTaps;
  made.form.before = made.form.after = 1;
  made.form.stride = stride;
  made.activation = function;
  return made;
}

TowerSpec read_whisper_tower(const Config& config, const std::string& side,
                             const Seq2SeqForm& form) {
  TowerSpec tower;
  const std::string prefix = "model." + side + ".";
  tower.embedding.positions = {PositionsSpec::kLearned, prefix + "embed_positions.weight"};
  tower.layers.prefix = prefix + "layers.";
  tower.layers.key = side == "encoder" ? "encoder_layers" : "decoder_layers";
  tower.layers.count = config.count(tower.layers.key);
  tower.layers.pattern = {seq2seq_layer(config, side, form, Bias::kNone)};
  tower.norm = prefix + "layer_norm";
  return tower;
}

TransformerSpec describe_whisper(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec;
  spec.base = "model.";
  spec.width = config.count("d_model");
  spec.norm = {.epsilon = 1e-5f};
  const Seq2SeqForm form;
  TowerSpec& encoder = spec.encoder.emplace(read_whisper_tower(config, "encoder", form));
  EmbeddingSpec& features = encoder.embedding;
  features.kind = EmbeddingSpec::kFeatures;
  features.input = "features";
  features.rows = config.count("num_mel_bins", 80);
  // Both have the exact GELU, whatever the activation function is.
  const auto gelu = schema::Function::GeluErf;
  features.convolutions = {convolution("model.encoder.conv1", features.rows, spec.width, 1, gelu),
                           convolution("model.encoder.conv2", spec.width, spec.width, 2, gelu)};
  const uint32_t positions = config.count("max_source_positions", 1500);
  if (positions > kMostPositions) {
    fail("{}: the config's max_source_positions of {} are more than any table has", config.path(),
         positions);
  }
  encoder.tokens = 2 * positions;
  encoder.dim = "frames";
  const Extractor extractor(checkpoint, "whisper", "WhisperFeatureExtractor");
  if (extractor.is_there()) {
    spec.audio = std::make_unique<schema::AudioT>();
    extractor.read_log_mels(features.rows, encoder.tokens, features.front, *spec.audio);
    features.input = encoder.dim = "samples";
    encoder.tokens = spec.audio->window;
  }
  if (spec.audio) {
    read_speech_tokens(checkpoint, config.count("vocab_size"), positions, *spec.audio);
  }
  TowerSpec& decoder = spec.decoder.emplace(read_whisper_tower(config, "decoder", form));
  decoder.embedding.name = "model.decoder.embed_tokens";
  decoder.embedding.rows = config.count("vocab_size");
  decoder.embedding.input = decoder.dim = "tokens";
  decoder.tokens = config.count("max_target_positions", 448);
  const std::vector<std::string> names = config.texts("architectures");
  if (!names.empty() && names[0] == "WhisperModel") {
    decoder.head.optional = true;
    config.skip({"tie_word_embeddings"});
  } else {
    decoder.head.linear = {"proj_out", {}, Bias::kNone};
    decoder.head.outputs = decoder.embedding.rows;
    decoder.head.tie =
        config.flag("tie_word_embeddings", true) ? HeadSpec::kUnlessStored : HeadSpec::kApart;
  }
  expect_layers_alike(config);
  config.expect("is_decoder", false);
  config.expect("scale_embedding", false);
  config.expect("use_weighted_layer_sum", false);
  // Noise of training, a classifier, and times of words made of attention.
  config.skip({"apply_spec_augment", "mask_feature_length", "mask_feature_min_masks",
               "mask_feature_prob", "mask_time_length", "mask_time_min_masks", "mask_time_prob",
               "classifier_proj_size", "median_filter_width", "is_encoder_decoder",
               "forced_decoder_ids"});
  return spec;
}

}  // namespace

const Family kWhisper = {
    .model_type = "whisper",
    .name = "whisper",
    .architectures = {"WhisperForConditionalGeneration", "WhisperModel"},
    .describe = describe_whisper,
    .tokens = {{"eos_token_id", 50256}, {"decoder_start_token_id", 50257}},
};

}  // namespace fovea::tools
