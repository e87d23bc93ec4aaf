// BEiT (Bao et al. 2021): a vision transformer whose scores know where patches are from each other.

#include <string>
#include <vector>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/image_encoder.h"
#include "tools/import/families/image_input.h"

namespace fovea::tools {
namespace {

using Step = StepSpec;

// The table of a layer, or of all of them, by the names of either version of transformers.
PairsSpec pairs(const Config& config, const Checkpoint& checkpoint, const std::string& base,
                const EmbeddingSpec& e) {
  const bool own = config.flag("use_relative_position_bias", false);
  const bool shared = config.flag("use_shared_relative_position_bias", false);
  if (!own && !shared) return {};
  if (own && shared) {
    fail(
        "{}: the config says use_relative_position_bias and use_shared_relative_position_bias; one "
        "of them can be converted",
        config.path());
  }
  // Transformers reads the table of an image that is no square by swapped extents.
  const Grid grid = {e.image.height / e.image.patch, e.image.width / e.image.patch};
  if (grid.lines != grid.columns) {
    fail("{}: the config's image_size is no square, for which positions by pair are not known",
         config.path());
  }
  const std::string table = "relative_position_bias_table";
  const bool old = has_tensors(checkpoint, base, "encoder.layer.0.");
  PairsSpec spec;
  spec.grid = grid;
  spec.whole = shared;
  spec.table = shared ? base + (old ? "encoder.relative_position_bias." : "shared_position_bias.")
               : old  ? "attention.attention.relative_position_bias."
                      : "relative_position_bias.";
  spec.table += table;
  return spec;
}

LayersSpec layers(const Config& config, const Checkpoint& checkpoint, const std::string& base,
                  const EmbeddingSpec& e) {
  LayersSpec made = image_layers(config, checkpoint, base, vit_layers(), true);
  auto& self = std::get<AttentionSpec>(made.pattern[0][0].part);
  auto& ffn = std::get<FeedForwardSpec>(made.pattern[0][1].part);
  ffn.width = config.count("intermediate_size");
  self.key.bias = Bias::kNone;
  self.pairs = pairs(config, checkpoint, base, e);
  if (config.number("layer_scale_init_value", 0.1) > 0) {
    self.output.scale = "lambda_1";
    ffn.down.scale = "lambda_2";
  }
  // Which row of the table is whose: what its shape says.
  made.ignored = {"attention.attention.relative_position_bias.relative_position_index"};
  return made;
}

}  // namespace

TransformerSpec beit_encoder(const Config& config, const Checkpoint& checkpoint,
                             const std::string& base) {
  const std::string embeddings = base + "embeddings.";
  TransformerSpec spec = image_encoder(config, base, 1e-12);
  TowerSpec& tower = *spec.encoder;
  EmbeddingSpec& e = tower.embedding;
  const bool absolute = config.flag("use_absolute_position_embeddings", false);
  tower.tokens = read_image_input(config, checkpoint, {.family = "beit"},
                                  embeddings + "patch_embeddings.projection",
                                  absolute ? embeddings + "position_embeddings" : "", e);
  e.prefix = {{.tensor = embeddings + "cls_token", .position = absolute ? 0 : -1}};
  tower.layers = layers(config, checkpoint, base, e);
  OutputSpec pooled = {"pooled", {{Step::kFirst}}};
  if (config.flag("use_mean_pooling", true)) {
    pooled.steps = {{Step::kMean}, {Step::kNorm, base + "pooler.layernorm"}};
    pooled.steps[0].token = 1;
  } else {
    tower.norm = base + "layernorm";
  }
  tower.outputs.push_back(pooled);
  spec.ignored.push_back(base + "encoder.relative_position_bias.relative_position_index");
  // Of heads that hide, segment or detect.
  config.skip({"add_fpn", "auxiliary_channels", "auxiliary_concat_input", "auxiliary_loss_weight",
               "auxiliary_num_convs", "out_features", "out_indices", "pool_scales",
               "reshape_hidden_states", "semantic_loss_ignore_index", "stage_names",
               "use_auxiliary_head", "vocab_size"});
  return spec;
}

namespace {

TransformerSpec describe_beit(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec = beit_encoder(config, checkpoint, "beit.");
  add_image_classes(config, {{}, {{Step::kLinear, "classifier"}}, "pooled"}, spec);
  return spec;
}

}  // namespace

const Family kBeit = {
    .model_type = "beit",
    .name = "beit",
    .architectures = {"BeitModel", "BeitForImageClassification"},
    .describe = describe_beit,
};

}  // namespace fovea::tools
