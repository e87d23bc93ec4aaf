// Swin (Liu et al. 2021): stages of ever fewer and wider patches, which see those of their own
// window alone; windows of every other layer are shifted.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/image_encoder.h"
#include "tools/import/families/image_input.h"

namespace fovea::tools {
namespace {

using Step = StepSpec;

constexpr size_t kMostSwinStages = 8;
constexpr double kMostSwinLayers = 1024, kMostHeads = 4096;
constexpr float kOwnEpsilon = 1e-5f;  // of norms that the config's does not reach

// What tensors of a layer are called.
struct SwinLayer {
  const char *query, *key, *value, *output, *table, *up, *down;
};
constexpr SwinLayer kOldSwin = {"attention.self.query",
                                "attention.self.key",
                                "attention.self.value",
                                "attention.output.dense",
                                "attention.self.relative_position_bias_table",
                                "intermediate.dense",
                                "output.dense"};
constexpr SwinLayer kNewSwin = {"attention.q_proj",
                                "attention.k_proj",
                                "attention.v_proj",
                                "attention.o_proj",
                                "attention.relative_position_bias.relative_position_bias_table",
                                "mlp.fc1",
                                "mlp.fc2"};

// A number for each stage.
std::vector<uint32_t> by_swin_stage(const Config& config, const char* key, double most) {
  std::vector<uint32_t> made = counts(config, key, most);
  if (!made.empty() && made.size() <= kMostSwinStages) return made;
  fail("{}: the config's {} has {} stages; from 1 to {} can be converted", config.path(),
       config.name(key), made.size(), kMostSwinStages);
}

struct SwinStage {
  uint32_t width = 0, heads = 0, ffn = 0;
  Grid grid = {};
};

class SwinLayers {
 public:
  SwinLayers(const Config& config, const Checkpoint& checkpoint, const std::string& base)
      : config_(config),
        base_(base),
        names_(has_tensors(checkpoint, base, "encoder.layers.0.blocks.0.attention.q_proj")
                   ? kNewSwin
                   : kOldSwin),
        bias_(config.flag("qkv_bias", true) ? Bias::kRequired : Bias::kNone),
        window_(config.count("window_size")),
        ratio_(config.positive("mlp_ratio", 4)) {}

  // All stages, of which the first has patches of this grid and width. Returns the last one's
  // width.
  uint32_t add(Grid grid, uint32_t width, LayersSpec& layers) {
    const std::vector<uint32_t> depths = by_swin_stage(config_, "depths", kMostSwinLayers);
    const std::vector<uint32_t> heads = by_swin_stage(config_, "num_heads", kMostHeads);
    if (heads.size() != depths.size()) {
      fail("{}: the config's depths and num_heads are of {} and {} stages", config_.path(),
           depths.size(), heads.size());
    }
    layers.key = "depths";
    for (size_t s = 0; s < depths.size(); ++s) {
      const std::string name = fmt::format("{}encoder.layers.{}.", base_, s);
      const SwinStage stage = {width, heads[s], feed_forward_width(width), grid};
      if (width % heads[s] != 0) {
        fail("{}: the config's num_heads of {} do not divide the width of {} in stage {}",
             config_.path(), heads[s], width, s);
      }
      for (uint32_t i = 0; i < depths[s]; ++i) {
        layers.shared.push_back(fmt::format("{}blocks.{}.", name, i));
        layers.pattern.push_back(layer(stage, i % 2 == 1));
      }
      layers.count += depths[s];
      if (s + 1 == depths.size()) break;
      layers.merges.push_back({layers.count - 1,
                               grid,
                               name + "downsample.norm",
                               kOwnEpsilon,
                               {name + "downsample.reduction", {}, Bias::kNone}});
      grid = {(grid.lines + 1) / 2, (grid.columns + 1) / 2};
      width *= 2;
    }
    return width;
  }

 private:
  uint32_t feed_forward_width(uint32_t width) const {
    const double made = ratio_ * width;
    if (made >= 1 && made <= kMostExtent) return static_cast<uint32_t>(made);
    fail("{}: the config's mlp_ratio makes a width of {}; it must be from 1 to {}", config_.path(),
         made, kMostExtent);
  }

  // Windows of a side that is as long as they are have no shift, and no window is larger than it
  // was trained.
  WindowsSpec windows(const Grid& grid, bool shifted) const {
    const uint32_t shorter = std::min(grid.lines, grid.columns);
    if (window_ > kMostSide) {
      fail("{}: the config's window_size is {}; it must be at most {}", config_.path(), window_,
           kMostSide);
    }
    if (shorter < window_) {
      fail("{}: the config's window_size of {} is larger than the {} x {} patches of a stage",
           config_.path(), window_, grid.lines, grid.columns);
    }
    return {grid, window_, shifted && shorter > window_ ? window_ / 2 : 0};
  }

  LayerSpec layer(const SwinStage& stage, bool shifted) const {
    AttentionSpec self = {.query = {names_.query, {}, bias_},
                          .key = {names_.key, {}, bias_},
                          .value = {names_.value, {}, bias_},
                          .output = {names_.output, {}, Bias::kRequired}};
    self.heads = {stage.heads, stage.heads, stage.width / stage.heads, stage.width / stage.heads};
    self.windows = windows(stage.grid, shifted);
    self.pairs.table = names_.table;
    FeedForwardSpec ffn = {.up = {names_.up, {}, Bias::kRequired},
                           .down = {names_.down, {}, Bias::kRequired}};
    set_activation(config_, ffn);
    ffn.width = stage.ffn;
    return {{"layernorm_before", self}, {"layernorm_after", ffn}};
  }

  static constexpr uint32_t kMostExtent = 1u << 20;
  static constexpr uint32_t kMostSide = 32;  // what is added by pair takes its fourth power

  const Config& config_;
  const std::string& base_;
  const SwinLayer& names_;
  Bias bias_;
  uint32_t window_;
  double ratio_;
};

void expect_whole_patches(const Config& config, const EmbeddingSpec& e) {
  const uint32_t side = e.image.patch;
  if (e.image.height % side == 0 && e.image.width % side == 0) return;
  fail("{}: the config's patch_size of {} does not divide images of {} x {}", config.path(), side,
       e.image.height, e.image.width);
}

TransformerSpec describe_swin(const Config& config, const Checkpoint& checkpoint) {
  const std::string base = "swin.", embeddings = base + "embeddings.";
  TransformerSpec spec;
  spec.base = base;
  spec.width = config.count("embed_dim");
  spec.norm.epsilon = static_cast<float>(config.number("layer_norm_eps", 1e-5));
  TowerSpec& tower = spec.encoder.emplace();
  EmbeddingSpec& e = tower.embedding;
  const bool absolute = config.flag("use_absolute_embeddings", false);
  tower.tokens = read_image_input(config, checkpoint,
                                  {.family = "swin", .stretches = !absolute, .positions = 0},
                                  embeddings + "patch_embeddings.projection",
                                  absolute ? embeddings + "position_embeddings" : "", e);
  expect_whole_patches(config, e);
  e.norm = embeddings + "norm";
  e.norm_first = true;
  e.norm_epsilon = kOwnEpsilon;
  const Grid grid = {e.image.height / e.image.patch, e.image.width / e.image.patch};
  const uint32_t width = SwinLayers(config, checkpoint, base).add(grid, spec.width, tower.layers);
  if (config.has("hidden_size") && config.count("hidden_size") != width) {
    fail("{}: the config's hidden_size is {}, its stages end with {}", config.path(),
         config.count("hidden_size"), width);
  }
  tower.norm = base + "layernorm";
  tower.outputs = {{"hidden"}, {"pooled", {{Step::kMean}}}};
  add_image_classes(config, {{}, {{Step::kLinear, "classifier"}}, "pooled"}, spec);
  // What stands for patches that a training hid; which row of a table is whose.
  spec.ignored = {embeddings + "mask_token"};
  tower.layers.ignored = {"attention.self.relative_position_index",
                          "attention.relative_position_bias.relative_position_index"};
  // Of other heads and of trainings; the number of stages stands in depths.
  config.skip({"drop_path_rate", "encoder_stride", "num_layers", "out_features", "out_indices",
               "path_norm", "stage_names"});
  return spec;
}

}  // namespace

const Family kSwin = {
    .model_type = "swin",
    .name = "swin",
    .architectures = {"SwinModel", "SwinForImageClassification"},
    .describe = describe_swin,
};

}  // namespace fovea::tools
