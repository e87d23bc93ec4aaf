// SegFormer (Xie et al. 2021): stages of ever fewer and wider patches that overlap. Keys and values
// of a layer are of fewer patches than its queries, and feed-forwards mix a patch with those around
// it, which tells where it is: there are no positions.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/image_encoder.h"
#include "tools/import/families/image_input.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

using Step = StepSpec;

constexpr float kEpsilon = 1e-5f;  // of all norms: the config's layer_norm_eps reaches none
constexpr double kMostNumber = 4096, kMostLayers = 1024;
constexpr uint32_t kMostSegformerStages = 8;

// What transformers 4 and 5 call tensors. Stages and layers are {} of the first three.
struct SegformerNames {
  const char *layer, *patches, *norm;
  const char *query, *key, *value, *output, *reduced, *reduced_norm;
  const char *before, *after, *up, *down;
};
constexpr SegformerNames kOldSegformer = {"encoder.block.{}.{}.",
                                          "encoder.patch_embeddings.{}.",
                                          "encoder.layer_norm.{}",
                                          "attention.self.query",
                                          "attention.self.key",
                                          "attention.self.value",
                                          "attention.output.dense",
                                          "attention.self.sr",
                                          "attention.self.layer_norm",
                                          "layer_norm_1",
                                          "layer_norm_2",
                                          "mlp.dense1",
                                          "mlp.dense2"};
constexpr SegformerNames kNewSegformer = {"stages.{}.blocks.{}.",
                                          "stages.{}.patch_embeddings.",
                                          "stages.{}.layer_norm",
                                          "attention.q_proj",
                                          "attention.k_proj",
                                          "attention.v_proj",
                                          "attention.o_proj",
                                          "attention.sequence_reduction.sequence_reduction",
                                          "attention.sequence_reduction.layer_norm",
                                          "layernorm_before",
                                          "layernorm_after",
                                          "mlp.fc1",
                                          "mlp.fc2"};

// What the config has a list of, a number for each stage.
struct SegformerStage {
  uint32_t depth, width, heads, ratio, reduction, side, stride;
};

std::vector<uint32_t> by_segformer_stage(const Config& config, const char* key, double most) {
  std::vector<uint32_t> made = counts(config, key, most);
  if (made.size() == config.count("num_encoder_blocks")) return made;
  fail("{}: the config's {} has {} numbers; num_encoder_blocks is {}", config.path(),
       config.name(key), made.size(), config.count("num_encoder_blocks"));
}

std::vector<SegformerStage> read_stages(const Config& config) {
  const std::vector<uint32_t> depths = by_segformer_stage(config, "depths", kMostLayers);
  const std::vector<uint32_t> widths = by_segformer_stage(config, "hidden_sizes", kMostNumber);
  const std::vector<uint32_t> heads =
      by_segformer_stage(config, "num_attention_heads", kMostNumber);
  const std::vector<uint32_t> ratios = by_segformer_stage(config, "mlp_ratios", kMostNumber);
  const std::vector<uint32_t> reductions = by_segformer_stage(config, "sr_ratios", kMostNumber);
  const std::vector<uint32_t> sides = by_segformer_stage(config, "patch_sizes", kMostNumber);
  const std::vector<uint32_t> strides = by_segformer_stage(config, "strides", kMostNumber);
  if (depths.size() > kMostSegformerStages) {
    fail("{}: the config's num_encoder_blocks is {}; at most {} can be converted", config.path(),
         depths.size(), kMostSegformerStages);
  }
  std::vector<SegformerStage> stages;
  for (size_t s = 0; s < depths.size(); ++s) {
    if (widths[s] % heads[s] != 0) {
      fail("{}: the config's num_attention_heads of {} do not divide the width of {} in stage {}",
           config.path(), heads[s], widths[s], s);
    }
    stages.push_back(
        {depths[s], widths[s], heads[s], ratios[s], reductions[s], sides[s], strides[s]});
  }
  return stages;
}

class SegformerLayers {
 public:
  SegformerLayers(const Config& config, const Checkpoint& checkpoint, const std::string& base)
      : config_(config),
        base_(base),
        names_(has_tensors(checkpoint, base, "stages.0.") ? kNewSegformer : kOldSegformer) {}

  bool renamed() const { return &names_ == &kNewSegformer; }

  std::string norm(size_t stage) const {
    return base_ + fmt::format(fmt::runtime(names_.norm), stage);
  }

  // The patches of a stage, of this grid of pixels or of the stage before.
  GridConvolution patches(size_t s, const SegformerStage& stage, const Grid& grid) const {
    const std::string name = base_ + fmt::format(fmt::runtime(names_.patches), s);
    const GridConvolution made = {.name = name + "proj",
                                  .grid = grid,
                                  .outputs = stage.width,
                                  .side = stage.side,
                                  .stride = stage.stride,
                                  .padding = stage.side / 2,
                                  .norm = name + "layer_norm",
                                  .epsilon = kEpsilon};
    if (made.made().patches() > 0) return made;
    fail("{}: the config's patch_sizes and strides leave no patch in stage {}", config_.path(), s);
  }

  void add(size_t s, const SegformerStage& stage, const Grid& grid, LayersSpec& layers) const {
    for (uint32_t i = 0; i < stage.depth; ++i) {
      layers.shared.push_back(base_ + fmt::format(fmt::runtime(names_.layer), s, i));
      layers.pattern.push_back(layer(s, stage, grid));
    }
    layers.count += stage.depth;
  }

 private:
  LayerSpec layer(size_t s, const SegformerStage& stage, const Grid& grid) const {
    AttentionSpec self = {.query = {names_.query, {}, Bias::kOptional},
                          .key = {names_.key, {}, Bias::kOptional},
                          .value = {names_.value, {}, Bias::kOptional},
                          .output = {names_.output, {}, Bias::kRequired}};
    self.heads = {stage.heads, stage.heads, stage.width / stage.heads, stage.width / stage.heads};
    if (stage.reduction > 1) {
      self.reduced = {.name = names_.reduced,
                      .grid = grid,
                      .outputs = stage.width,
                      .side = stage.reduction,
                      .stride = stage.reduction,
                      .norm = names_.reduced_norm,
                      .epsilon = kEpsilon};
      if (self.reduced.made().patches() == 0) {
        fail("{}: the config's sr_ratios of {} are more than the {} x {} patches of stage {}",
             config_.path(), stage.reduction, grid.lines, grid.columns, s);
      }
    }
    FeedForwardSpec ffn = {.up = {names_.up, {}, Bias::kRequired},
                           .down = {names_.down, {}, Bias::kRequired}};
    ffn.activation = config_.function("hidden_act");
    ffn.width = stage.ratio * stage.width;
    ffn.mixed = {.name = "mlp.dwconv.dwconv",
                 .grid = grid,
                 .outputs = ffn.width,
                 .side = 3,
                 .padding = 1,
                 .groups = ffn.width};
    return {{names_.before, self}, {names_.after, ffn}};
  }

  const Config& config_;
  const std::string& base_;
  const SegformerNames& names_;
};

bool draws_segments(const Config& config) {
  const std::vector<std::string> names = config.texts("architectures");
  return !names.empty() && names[0].ends_with("ForSemanticSegmentation");
}

// The head of segments: a label for each patch of the first stage.
void add_segments(const Config& config, const std::vector<Grid>& grids, bool renamed,
                  TransformerSpec& spec) {
  constexpr double kBatchEpsilon = 1e-5;
  const std::string head = "decode_head.";
  StagesSpec stages;
  stages.width = config.count("decoder_hidden_size");
  stages.grids = grids;
  for (size_t s = 0; s < grids.size(); ++s) {
    const char* const name = renamed ? "linear_projections" : "linear_c";
    stages.linears.push_back(fmt::format("{}{}.{}.proj", head, name, s));
  }
  stages.fuse = head + "linear_fuse";
  stages.norm = head + "batch_norm";
  stages.epsilon = kBatchEpsilon;
  Step join = {Step::kStages}, relu = {Step::kActivation}, classes = {Step::kLinear};
  join.stages = stages;
  relu.function = schema::Function::Relu;
  classes.name = head + "classifier";
  classes.view = {.inner = {stages.width, 1, 1}};
  spec.encoder->outputs.push_back({"logits", {join, relu, classes}});
  spec.labels = read_labels(config);
}

TransformerSpec describe_segformer(const Config& config, const Checkpoint& checkpoint) {
  const std::vector<SegformerStage> stages = read_stages(config);
  TransformerSpec spec;
  spec.base = "segformer.";
  spec.width = stages[0].width;
  spec.norm.epsilon = kEpsilon;
  TowerSpec& tower = spec.encoder.emplace();
  read_pixels(config, checkpoint, "segformer", tower.embedding);
  const SegformerLayers layers(config, checkpoint, spec.base);
  Grid grid = {tower.embedding.image.height, tower.embedding.image.width};
  std::vector<Grid> grids;
  tower.layers.key = "depths";
  for (size_t s = 0; s < stages.size(); ++s) {
    const GridConvolution patches = layers.patches(s, stages[s], grid);
    if (s == 0) {
      tower.embedding.overlap = patches;
      tower.tokens = patches.made().patches();
    } else {
      tower.layers.merges.push_back(
          {.after = tower.layers.count - 1, .norm = layers.norm(s - 1), .convolution = patches});
    }
    grid = patches.made();
    grids.push_back(grid);
    layers.add(s, stages[s], grid, tower.layers);
  }
  tower.norm = layers.norm(stages.size() - 1);
  tower.outputs = {{"hidden"}};
  if (draws_segments(config)) {
    add_segments(config, grids, layers.renamed(), spec);
  } else {
    add_image_classes(config, {{}, {{Step::kMean}, {Step::kLinear, "classifier"}}}, spec);
  }
  // Of the decoder that draws segments, and of its training; how much smaller each stage is.
  config.skip({"classifier_dropout_prob", "decoder_hidden_size", "downsampling_rates",
               "drop_path_rate", "layer_norm_eps", "reshape_last_stage",
               "semantic_loss_ignore_index"});
  return spec;
}

}  // namespace

const Family kSegformer = {
    .model_type = "segformer",
    .name = "segformer",
    .architectures = {"SegformerModel", "SegformerForImageClassification",
                      "SegformerForSemanticSegmentation"},
    .describe = describe_segformer,
};

}  // namespace fovea::tools
