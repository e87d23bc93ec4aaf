// PatchTST (Nie et al. 2022): a transformer over pieces of time series. Channels are series of
// their own that share all weights: lines of a grid of tokens, of which attention sees one at a
// time.

#include <string>
#include <vector>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/image_encoder.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

using Step = StepSpec;

constexpr uint32_t kMostSeriesChannels = 1u << 12, kMostSteps = 1u << 20;
constexpr float kLeastSeriesVariance = 1e-5f;

// Pieces end with the last step; what is left over comes before the first one.
void read_series(const Config& config, EmbeddingSpec& e) {
  const uint32_t steps = config.count("context_length"), length = config.count("patch_length");
  const uint32_t stride = config.count("patch_stride");
  e.kind = EmbeddingSpec::kTiles;
  e.input = "values";
  e.name = "model.encoder.embedder.input_embedding";
  e.rows = config.count("num_input_channels");
  if (steps <= length || steps > kMostSteps || e.rows > kMostSeriesChannels) {
    fail(
        "{}: the config's context_length of {}, patch_length of {} and num_input_channels of {} "
        "cannot be converted; patches are shorter than series, of at most {} steps and {} channels",
        config.path(), steps, length, e.rows, kMostSteps, kMostSeriesChannels);
  }
  e.tiles.lines = steps;
  e.tiles.high = length;
  e.tiles.wide = 1;
  e.tiles.down = stride;
  e.tiles.first = (steps - length) % stride;
  e.tiles.by_column = true;
  if (config.names("scaling") && !config.has("scaling")) {
    fail("{}: the config's scaling is null; std can be converted", config.path());
  }
  config.choice("scaling", "std", {"std"});
  schema::GroupNormT& norm = e.front.norm.emplace();
  norm.epsilon = kLeastSeriesVariance;
  norm.groups = e.rows;
  e.positions = {PositionsSpec::kLearned, "model.encoder.positional_encoder.position_enc"};
  e.positions.rows = e.tile_count() / e.rows;
  e.positions.repeats = e.rows;
}

LinearSpec series_linear(const char* name, bool biased = true) {
  return {name, {}, biased ? Bias::kRequired : Bias::kNone};
}

// Channels are lines of the grid: windows are lines or, across channels, columns.
LayerSpec read_layer(const Config& config, const Grid& grid) {
  AttentionSpec self = {.query = series_linear("self_attn.q_proj"),
                        .key = series_linear("self_attn.k_proj"),
                        .value = series_linear("self_attn.v_proj"),
                        .output = series_linear("self_attn.out_proj")};
  self.heads.count = self.heads.kv_count = config.count("num_attention_heads");
  self.heads.key_width = self.heads.value_width = config.divided("d_model", "num_attention_heads");
  AttentionSpec across = self;
  self.windows = {.grid = grid, .side = 1, .wide = grid.columns};
  across.windows = {.grid = grid, .side = grid.lines, .wide = 1};
  const bool biased = config.flag("bias", true);
  FeedForwardSpec ffn = {.up = series_linear("ff.0", biased),
                         .down = series_linear("ff.3", biased)};
  ffn.width = config.count("ffn_dim");
  ffn.activation = config.function("activation_function");
  const bool batch =
      config.choice("norm_type", "batchnorm", {"batchnorm", "layernorm"}) == "batchnorm";
  const auto norm = [&](const char* name) { return name + std::string(batch ? ".batchnorm" : ""); };
  LayerSpec layer = {{norm("norm_sublayer1"), self}};
  if (config.flag("channel_attention", false)) layer.push_back({norm("norm_sublayer2"), across});
  layer.push_back({norm("norm_sublayer3"), ffn});
  return layer;
}

// From the patches of each channel to one row of it.
Step pooling(const Config& config, const Grid& grid, bool joins) {
  Step step = {Step::kJoin};
  step.joined = grid.columns;
  if (joins && !config.has("pooling_type") && config.names("pooling_type")) return step;
  const std::string kind = config.choice("pooling_type", "mean", {"mean", "max"});
  step.kind = kind == "mean" ? Step::kMeanOf : Step::kMaxOf;
  return step;
}

void add_forecast(const Config& config, const Grid& grid, TowerSpec& tower) {
  if (config.text("loss", "mse") != "mse") {
    fail(
        "{}: the config's loss is {}, so that the head gives a distribution's numbers; mse can be "
        "converted",
        config.path(), config.text("loss"));
  }
  // transformers runs no others.
  config.expect("share_projection", true);
  tower.outputs.push_back(
      {"prediction",
       {pooling(config, grid, true), {Step::kLinear, "head.projection"}, {Step::kRestore}}});
}

// Of all channels together.
void add_whole(const Config& config, const Grid& grid, OutputSpec output, const char* name,
               TowerSpec& tower) {
  Step join = {Step::kJoin};
  join.joined = grid.lines;
  output.steps = {pooling(config, grid, false), join, {Step::kFirst}, {Step::kLinear, name}};
  tower.outputs.push_back(std::move(output));
}

void add_head(const Config& config, const Grid& grid, TransformerSpec& spec) {
  const std::vector<std::string> names = config.texts("architectures");
  const std::string name = names.empty() ? "PatchTSTModel" : names[0];
  TowerSpec& tower = *spec.encoder;
  if (name == "PatchTSTForPrediction") add_forecast(config, grid, tower);
  if (name == "PatchTSTForClassification") {
    add_whole(config, grid, {"logits"}, "head.linear", tower);
    spec.labels = read_labels(config);
    spec.label_function = label_function(config, TextHead::kSequence, spec.labels.size());
  }
  if (name == "PatchTSTForRegression") {
    if (config.has("output_range")) {
      fail("{}: the config's output_range cannot be converted; null can be", config.path());
    }
    add_whole(config, grid, {"regression"}, "head.projection", tower);
  }
}

TransformerSpec describe_patchtst(const Config& config, const Checkpoint&) {
  TransformerSpec spec;
  spec.base = "model.";
  spec.width = config.count("d_model");
  TowerSpec& tower = spec.encoder.emplace();
  read_series(config, tower.embedding);
  tower.tokens = tower.embedding.tiles.lines;
  const Grid grid = {tower.embedding.rows, tower.embedding.tile_count() / tower.embedding.rows};
  spec.norm = {.epsilon = static_cast<float>(config.positive("norm_eps", 1e-5)),
               .before = config.flag("pre_norm", true),
               .batch = config.text("norm_type", "batchnorm") == "batchnorm"};
  tower.layers = {"model.encoder.layers.",
                  config.count("num_hidden_layers"),
                  "num_hidden_layers",
                  {read_layer(config, grid)}};
  tower.outputs = {{"hidden"}};
  add_head(config, grid, spec);
  config.expect("share_embedding", true);
  config.expect("use_cls_token", false);
  config.choice("positional_encoding_type", "sincos", {"sincos", "random"});  // stored both times
  // Of training and of other heads, whose tensors have their sizes.
  config.skip({"do_mask_input", "mask_type", "random_mask_ratio", "num_forecast_mask_patches",
               "channel_consistent_masking", "unmasked_channel_indices", "mask_value",
               "head_dropout", "path_dropout", "positional_dropout", "ff_dropout",
               "num_parallel_samples", "distribution_output", "prediction_length", "num_targets",
               "loss", "share_projection", "pooling_type", "output_range"});
  return spec;
}

}  // namespace

const Family kPatchTst = {
    .model_type = "patchtst",
    .name = "patchtst",
    .architectures = {"PatchTSTModel", "PatchTSTForPrediction", "PatchTSTForClassification",
                      "PatchTSTForRegression"},
    .describe = describe_patchtst,
};

}  // namespace fovea::tools
