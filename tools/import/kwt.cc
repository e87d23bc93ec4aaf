#include <cmath>
#include <string>
#include <vector>

#include "tools/common/error.h"
#include "tools/graph/builder.h"
#include "tools/import/blocks.h"
#include "tools/import/config.h"
#include "tools/import/families.h"
#include "tools/import/limits.h"
#include "tools/import/weights.h"

namespace fovea::tools {
namespace {

BlockConfig read_kwt_blocks(const Config& config) {
  BlockConfig block;
  block.width = config.count("d_model");
  block.ffn_width = config.count("mlp_dim");
  block.heads.count = block.heads.kv_count = config.count("num_heads");
  block.heads.key_width = block.heads.value_width = config.divided("d_model", "num_heads");
  const std::string gelu = choice(config, "gelu", "tanh", {"tanh", "erf"});
  block.activation = gelu == "tanh" ? schema::Function::GeluTanh : schema::Function::GeluErf;
  block.epsilon = static_cast<float>(config.number("layer_norm_eps", 1e-6));
  block.norm_first = choice(config, "norm", "post", {"post", "pre"}) == "pre";
  return block;
}

// What the config repeats, and what concerns the program that computes the features.
void check_implied(const Config& config, const BlockConfig& block, uint32_t frames) {
  const uint32_t tokens = config.count("seq_len", frames + 1);
  if (tokens != frames + 1) {
    fail("{}: the config says seq_len is {}; its frames and the class token make {}", config.path(),
         tokens, frames + 1);
  }
  const double scale = 1 / std::sqrt(static_cast<double>(block.heads.key_width));
  const double said = config.number("attn_scale", scale);
  if (std::fabs(said - scale) > 1e-6 * scale) {
    fail("{}: the config says attn_scale is {}; only 1 / sqrt(head width), {}, can be converted",
         config.path(), said, scale);
  }
  config.skip({"frame_len", "frontend", "hop", "sample_rate"});
}

int32_t layer(BlockBuilder& blocks, int32_t x, const std::string& name) {
  x = blocks.residual(x, name + "norm1",
                      [&](int32_t y) { return blocks.self_attention(y, name + "attn"); });
  return blocks.residual(x, name + "norm2",
                         [&](int32_t y) { return blocks.feed_forward(y, name + "mlp"); });
}

}  // namespace

Graph import_kwt(const Checkpoint& checkpoint, const Maxima& maxima) {
  const Config config(checkpoint.config, checkpoint.path);
  const BlockConfig block = read_kwt_blocks(config);
  const BlockNames names = {"q", "k", "v", "o", "fc1", "fc2"};
  const uint32_t frames = config.count("num_frames"), features = config.count("num_mfcc");
  check_implied(config, block, frames);
  Graph graph;
  Limits limits(maxima, graph);
  Weights weights(checkpoint, graph);
  weights.expect_layers("layers.", config.count("num_layers"), "num_layers");
  const int32_t batch = add_batch(graph, limits);
  limits.expect_all_taken();
  MethodBuilder method(graph, "forward", batch);
  BlockBuilder blocks(block, names, weights, method);
  int32_t x = method.input("features", schema::DType::Float32, method.rows({frames}, features));
  x = blocks.linear(x, "proj", block.width, features);
  x = method.prepend_token(x, weights.vector("class_embedding", block.width));
  const int32_t positions = weights.table("position_embedding", frames + 1, block.width);
  x = method.add_positions(x, positions, -1);
  for (uint32_t i = 0; i < config.count("num_layers"); ++i) {
    x = layer(blocks, x, "layers." + std::to_string(i) + ".");
  }
  x = method.select_token(x, schema::TokenChoice::Index, 0);
  if (block.norm_first) x = blocks.norm(x, "norm");
  graph.model.labels = config.texts("labels");
  const uint32_t labels = graph.model.labels.empty()
                              ? weights.rows("head.weight")
                              : static_cast<uint32_t>(graph.model.labels.size());
  method.output(blocks.linear(x, "head", labels, block.width), "logits");
  method.finish();
  weights.ignore_prefix("frontend.");  // the program that computes the features has these
  weights.expect_all_used("kwt");
  config.expect_all_read("kwt");
  return graph;
}

}  // namespace fovea::tools
