// Keyword transformers (Berg et al. 2021): encoders over audio features with a class token.

#include <cmath>
#include <string>

#include "tools/common/error.h"
#include "tools/import/families.h"

namespace fovea::tools {
namespace {

// What the config repeats, and what concerns the program that computes the features.
void check_implied(const Config& config, const Heads& heads, uint32_t frames) {
  const uint32_t tokens = config.count("seq_len", frames + 1);
  if (tokens != frames + 1) {
    fail("{}: the config says seq_len is {}; its frames and the class token make {}", config.path(),
         tokens, frames + 1);
  }
  const double scale = 1 / std::sqrt(static_cast<double>(heads.key_width));
  const double said = config.number("attn_scale", scale);
  if (std::fabs(said - scale) > 1e-6 * scale) {
    fail("{}: the config says attn_scale is {}; only 1 / sqrt(head width), {}, can be converted",
         config.path(), said, scale);
  }
  config.skip({"frame_len", "frontend", "hop", "sample_rate"});
}

TransformerSpec describe(const Config& config, const Checkpoint&) {
  TransformerSpec spec;
  TowerSpec& tower = spec.encoder.emplace();
  AttentionSpec self = {
      .query = {"attn.q"}, .key = {"attn.k"}, .value = {"attn.v"}, .output = {"attn.o"}};
  FeedForwardSpec ffn = {.up = {"mlp.fc1"}, .down = {"mlp.fc2"}};
  spec.width = config.count("d_model");
  ffn.width = config.count("mlp_dim");
  self.heads.count = self.heads.kv_count = config.count("num_heads");
  self.heads.key_width = self.heads.value_width = config.divided("d_model", "num_heads");
  const bool tanh = config.choice("gelu", "tanh", {"tanh", "erf"}) == "tanh";
  ffn.activation = tanh ? schema::Function::GeluTanh : schema::Function::GeluErf;
  spec.norm.epsilon = static_cast<float>(config.number("layer_norm_eps", 1e-6));
  spec.norm.before = config.choice("norm", "post", {"post", "pre"}) == "pre";
  tower.tokens = config.count("num_frames");
  tower.embedding = {.kind = EmbeddingSpec::kFeatures,
                     .input = "features",
                     .name = "proj",
                     .rows = config.count("num_mfcc"),
                     .class_token = "class_embedding",
                     .positions = {PositionsSpec::kLearned, "position_embedding"}};
  check_implied(config, self.heads, tower.tokens);
  tower.layers = {"layers.", config.count("num_layers"), "num_layers", {}};
  tower.layers.pattern = {{{"norm1", self}, {"norm2", ffn}}};
  tower.pool_first = true;
  if (spec.norm.before) tower.norm = "norm";
  spec.labels = config.texts("labels");
  tower.head = {.linear = {"head"}, .outputs = static_cast<uint32_t>(spec.labels.size())};
  spec.ignored = {"frontend."};  // the program that computes the features has these
  return spec;
}

}  // namespace

const Family kKwt = {
    .model_type = "kwt",
    .name = "kwt",
    .architectures = {"kwt"},
    .describe = describe,
};

}  // namespace fovea::tools
