#include "tools/import/families/gpt_layout.h"

#include <variant>

namespace fovea::tools {

AttentionSpec& attention_of(TransformerSpec& spec) {
  return std::get<AttentionSpec>(spec.decoder->layers.pattern[0][0].part);
}

FeedForwardSpec& feed_forward_of(TransformerSpec& spec) {
  return std::get<FeedForwardSpec>(spec.decoder->layers.pattern[0][1].part);
}

TransformerSpec describe_gpt(const Config& config, const GptForm& form) {
  TransformerSpec spec;
  TowerSpec& tower = spec.decoder.emplace();
  spec.base = form.base;
  spec.width = config.count(form.width);
  spec.norm.epsilon =
      form.epsilon == nullptr ? 1e-5f : static_cast<float>(config.number(form.epsilon, 1e-5));
  tower.embedding = {.input = "tokens", .name = form.embedding};
  tower.embedding.rows = tower.head.outputs = config.count("vocab_size");
  tower.dim = "tokens";
  tower.tokens = form.positions_otherwise > 0
                     ? config.count(form.positions, form.positions_otherwise)
                     : config.count(form.positions);
  tower.norm = form.last_norm;
  tower.head.linear = {"lm_head", {}, Bias::kNone};
  tower.head.tie =
      config.flag("tie_word_embeddings", form.tied) ? HeadSpec::kUnlessStored : HeadSpec::kApart;
  AttentionSpec self = {.sight = Sight::kPast,
                        .query = {form.query, {}, form.qkv},
                        .key = {form.key, {}, form.qkv},
                        .value = {form.value, {}, form.qkv},
                        .output = {form.output, {}, form.output_bias}};
  self.heads.count = self.heads.kv_count = config.count(form.heads);
  self.heads.key_width = self.heads.value_width = config.divided(form.width, form.heads);
  FeedForwardSpec ffn = {.up = {form.up, {}, form.ffn}, .down = {form.down, {}, form.ffn}};
  ffn.width =
      form.ffn_width == nullptr ? 4 * spec.width : config.count(form.ffn_width, 4 * spec.width);
  ffn.activation =
      form.activation == nullptr ? schema::Function::GeluTanh : config.function(form.activation);
  tower.layers = {form.prefix, config.count(form.layers), form.layers, {}};
  tower.layers.pattern = {
      {{form.attention_norm, self}, {form.ffn_norm, ffn, {}, 1, form.parallel}}};
  return spec;
}

}  // namespace fovea::tools
