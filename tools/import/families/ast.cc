// The audio spectrogram transformer (Gong et al. 2021): DeiT over pieces of log-mel frames, which
// overlap.

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/audio_input.h"
#include "tools/import/families/image_encoder.h"

namespace fovea::tools {
namespace {

using Step = StepSpec;

const std::string kAstBase = "audio_spectrogram_transformer.";
constexpr const char* kAstName = "audio-spectrogram-transformer";
constexpr uint32_t kMostFrames = 1u << 16, kMostTileSide = 1u << 12;

// A convolution over [frequencies, frames], whose pieces follow by frequency, then by frame.
void read_tiles(const Config& config, EmbeddingSpec& e) {
  const uint32_t side = config.count("patch_size");
  e.rows = config.count("num_mel_bins");
  e.tiles.lines = config.count("max_length");
  if (e.tiles.lines > kMostFrames || side > e.tiles.lines || side > e.rows ||
      side > kMostTileSide) {
    fail(
        "{}: the config's patch_size of {} fits no max_length of {} and num_mel_bins of {}, or is "
        "larger than can be converted",
        config.path(), side, e.tiles.lines, e.rows);
  }
  e.tiles.high = e.tiles.wide = side;
  e.tiles.down = config.count("time_stride");
  e.tiles.right = config.count("frequency_stride");
  e.tiles.by_column = true;
  e.patch_view.inner = {1, side, side};
  for (uint32_t i = 0; i < side * side; ++i) {
    e.patch_view.columns.push_back(i % side * side + i / side);
  }
}

void read_ast_input(const Config& config, const Checkpoint& checkpoint, TransformerSpec& spec) {
  TowerSpec& tower = *spec.encoder;
  EmbeddingSpec& e = tower.embedding;
  e.kind = EmbeddingSpec::kTiles;
  e.input = "features";
  e.name = kAstBase + "embeddings.patch_embeddings.projection";
  read_tiles(config, e);
  tower.tokens = e.tiles.lines;
  e.positions = {PositionsSpec::kLearned, kAstBase + "embeddings.position_embeddings"};
  e.positions.first = 2;
  e.positions.rows = 2 + e.tile_count();
  e.prefix = {{.tensor = kAstBase + "embeddings.cls_token", .position = 0},
              {.tensor = kAstBase + "embeddings.distillation_token", .position = 1}};
  const Extractor extractor(checkpoint, kAstName, "ASTFeatureExtractor");
  if (!extractor.is_there()) return;
  spec.audio = std::make_unique<schema::AudioT>();
  e.tiles.fill = extractor.read_filter_banks(e.rows, e.tiles.lines, e.front, *spec.audio);
  e.input = tower.dim = "samples";
  tower.tokens = spec.audio->window;
}

TransformerSpec describe_ast(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec = image_encoder(config, kAstBase, 1e-12);
  TowerSpec& tower = *spec.encoder;
  read_ast_input(config, checkpoint, spec);
  tower.layers =
      image_layers(config, checkpoint, kAstBase, vit_layers(), config.flag("qkv_bias", true));
  std::get<FeedForwardSpec>(tower.layers.pattern[0][1].part).width =
      config.count("intermediate_size");
  tower.norm = kAstBase + "layernorm";
  // The mean of what both tokens say.
  Step second = {Step::kFirst}, half = {Step::kScale};
  second.token = 1;
  half.factor = 0.5f;
  tower.outputs.push_back({"first", {{Step::kFirst}}, {}, false, /*inner=*/true});
  tower.outputs.push_back({"pooled", {second, {Step::kAdd, "first"}, half}});
  add_image_classes(
      config,
      {{}, {{Step::kNorm, "classifier.layernorm"}, {Step::kLinear, "classifier.dense"}}, "pooled"},
      spec);
  return spec;
}

}  // namespace

const Family kAst = {
    .model_type = kAstName,
    .name = kAstName,
    .architectures = {"ASTModel", "ASTForAudioClassification"},
    .describe = describe_ast,
};

}  // namespace fovea::tools
