// Decoder language models: layer norm before each part, positions by a table, matrices stored as
// [columns, rows] (Radford et al. 2019).

#include <algorithm>
#include <cmath>

#include "tools/common/error.h"
#include "tools/import/families.h"

namespace fovea::tools {
namespace {

// The rows [first, first + width) of a matrix that is stored as [columns, rows].
LinearSpec transposed_linear(const char* name, uint32_t rows, uint32_t first = 0) {
  return {name, {.rows = rows, .transposed = true, .first = first}, Bias::kRequired};
}

// Some files have the matrices as everybody else does.
void set_upright(TransformerSpec& spec) {
  for (LayerSpec& layer : spec.decoder->layers.pattern) {
    for (BlockSpec& block : layer) {
      if (auto* self = std::get_if<AttentionSpec>(&block.part)) {
        for (LinearSpec* each : {&self->query, &self->key, &self->value, &self->output}) {
          each->view.transposed = false;
        }
      } else if (auto* ffn = std::get_if<FeedForwardSpec>(&block.part)) {
        ffn->up.view.transposed = ffn->down.view.transposed = false;
      }
    }
  }
}

AttentionSpec read_attention(const Config& config, uint32_t width) {
  AttentionSpec self = {.sight = Sight::kPast,
                        .query = transposed_linear("attn.c_attn", 3 * width),
                        .key = transposed_linear("attn.c_attn", 3 * width, width),
                        .value = transposed_linear("attn.c_attn", 3 * width, 2 * width),
                        .output = transposed_linear("attn.c_proj", width)};
  self.heads.count = self.heads.kv_count = config.count("n_head");
  self.heads.key_width = self.heads.value_width = config.divided("n_embd", "n_head");
  const bool scaled = config.flag("scale_attn_weights", true);
  self.scale = scaled ? 1 / std::sqrt(static_cast<double>(self.heads.key_width)) : 1;
  config.flag("reorder_and_upcast_attn", false);  // other steps of a program, the same numbers
  return self;
}

FeedForwardSpec read_feed_forward(const Config& config, uint32_t width) {
  FeedForwardSpec ffn;
  ffn.width = config.count("n_inner", 4 * width);
  ffn.activation = config.function("activation_function");
  ffn.up = transposed_linear("mlp.c_fc", ffn.width);
  ffn.down = transposed_linear("mlp.c_proj", width);
  return ffn;
}

// All layers are alike, but that scores may be divided by the layer's number from 1 on.
void add_layers(const Config& config, const Checkpoint& checkpoint, TransformerSpec& spec) {
  LayersSpec& layers = spec.decoder->layers;
  layers = {"transformer.h.", config.count("n_layer"), "n_layer", {}, {}};
  AttentionSpec self = read_attention(config, spec.width);
  const FeedForwardSpec ffn = read_feed_forward(config, spec.width);
  // A config that says more than there can be is refused when they are looked for.
  const size_t kinds = config.flag("scale_attn_by_inverse_layer_idx", false)
                           ? std::min<size_t>(layers.count, checkpoint.tensors.size() + 1)
                           : 1;
  const double scale = self.scale;
  for (size_t i = 1; i <= kinds; ++i) {
    self.scale = scale / static_cast<double>(i);
    layers.pattern.push_back({{"ln_1", self}, {"ln_2", ffn}});
  }
  layers.ignored = {"attn.bias", "attn.masked_bias"};  // what a token may look at
}

TransformerSpec describe_gpt2(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec;
  TowerSpec& tower = spec.decoder.emplace();
  spec.base = "transformer.";
  spec.width = config.count("n_embd");
  spec.norm.epsilon = static_cast<float>(config.number("layer_norm_epsilon", 1e-5));
  tower.embedding = {.input = "tokens", .name = "transformer.wte"};
  tower.embedding.positions = {PositionsSpec::kLearned, "transformer.wpe.weight"};
  tower.embedding.rows = tower.head.outputs = config.count("vocab_size");
  tower.dim = "tokens";
  tower.tokens = config.count("n_positions");
  if (const uint32_t said = config.count("n_ctx", tower.tokens); said != tower.tokens) {
    fail("{}: the config says n_ctx is {} and n_positions is {}; one of them is wrong",
         config.path(), said, tower.tokens);
  }
  add_layers(config, checkpoint, spec);
  if (checkpoint.upright) set_upright(spec);
  tower.norm = "transformer.ln_f";
  tower.head.linear = {"lm_head", {}, Bias::kNone};
  tower.head.tie =
      config.flag("tie_word_embeddings", true) ? HeadSpec::kUnlessStored : HeadSpec::kApart;
  return spec;
}

}  // namespace

const Family kGpt2 = {
    .model_type = "gpt2",
    .name = "gpt2",
    .architectures = {"GPT2LMHeadModel", "GPT2Model", "GPT2ForSequenceClassification",
                      "GPT2ForTokenClassification", "GPT2ForQuestionAnswering"},
    .describe = describe_gpt2,
    .tokens = {{"bos_token_id", 50256}, {"eos_token_id", 50256}},
};

}  // namespace fovea::tools
