// ESM (Rives et al. 2021; Lin et al. 2023): an encoder of proteins, norms before its parts, which
// at inference makes up for tokens that training masked.

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

using schema::Function;
using Step = StepSpec;

constexpr double kMaskedInTraining = 0.15 * 0.8;  // of tokens; the config does not say it

EmbeddingSpec read_embedding(const Config& config, bool rotary, const std::string& base) {
  const std::string embeddings = base + "embeddings.";
  EmbeddingSpec e = {.input = "tokens",
                     .name = embeddings + "word_embeddings",
                     .rows = config.count("vocab_size")};
  if (config.flag("emb_layer_norm_before", false)) e.norm = embeddings + "layer_norm";
  if (config.flag("token_dropout", false)) {
    e.hidden_token = config.token("mask_token_id");
    e.hidden_factor = static_cast<float>(1 - kMaskedInTraining);
    if (e.hidden_token < 0) {
      fail("{}: the config says token_dropout is true and mask_token_id {}; it must be a token",
           config.path(), e.hidden_token);
    }
  }
  if (rotary) return e;
  e.positions = {PositionsSpec::kLearned, embeddings + "position_embeddings.weight"};
  e.positions.rows = config.count("max_position_embeddings", 1026);
  const int32_t padding = config.token("pad_token_id");
  e.positions.first = static_cast<uint32_t>(padding + 1);
  if (padding < 0 || e.positions.first >= e.positions.rows) {
    fail("{}: the config's positions count from pad_token_id + 1, which leaves none of {}",
         config.path(), e.positions.rows);
  }
  return e;
}

TransformerSpec describe_esm(const Config& config, const Checkpoint&) {
  const std::string base = "esm.";
  config.expect("is_folding_model", false);
  config.choice("hidden_act", "gelu", {"gelu"});
  const bool rotary =
      config.choice("position_embedding_type", "absolute", {"absolute", "rotary"}) == "rotary";
  TransformerSpec spec;
  TowerSpec& tower = spec.encoder.emplace();
  spec.base = base;
  spec.width = config.count("hidden_size");
  spec.norm.epsilon = static_cast<float>(config.number("layer_norm_eps", 1e-12));
  tower.embedding = read_embedding(config, rotary, base);
  tower.dim = "tokens";
  tower.tokens = config.count("max_position_embeddings", 1026) - tower.embedding.positions.first;
  const auto linear = [](const char* name) { return LinearSpec{name, {}, Bias::kRequired}; };
  AttentionSpec self = {.query = linear("attention.self.query"),
                        .key = linear("attention.self.key"),
                        .value = linear("attention.self.value"),
                        .output = linear("attention.output.dense")};
  self.heads.count = self.heads.kv_count = config.count("num_attention_heads");
  self.heads.key_width = self.heads.value_width =
      config.divided("hidden_size", "num_attention_heads");
  FeedForwardSpec ffn = {.up = linear("intermediate.dense"), .down = linear("output.dense")};
  ffn.width = config.count("intermediate_size");
  ffn.activation = Function::GeluErf;
  if (rotary) {
    self.rotary = 0;
    const uint32_t width = self.heads.key_width;
    spec.rotaries = {{read_rotary(config, {.head_width = width, .positions = tower.tokens})}};
    spec.ignored.push_back(base + "embeddings.position_embeddings.");  // that nothing adds
  } else {
    config.skip({"rope_theta"});
  }
  tower.layers = {base + "encoder.layer.",
                  config.count("num_hidden_layers"),
                  "num_hidden_layers",
                  {{{"attention.LayerNorm", self}, {"LayerNorm", ffn}}}};
  tower.norm = base + "encoder.emb_layer_norm_after";
  const auto activation = [](Function f) { return Step{Step::kActivation, {}, Bias::kNone, f}; };
  add_text_outputs(config,
                   {.pooled = {{Step::kFirst},
                               {Step::kLinear, base + "pooler.dense"},
                               activation(Function::Tanh)},
                    .masked = {{Step::kLinear, "lm_head.dense"},
                               activation(Function::GeluErf),
                               {Step::kNorm, "lm_head.layer_norm"}},
                    .words = {"lm_head.decoder"},
                    .words_bias = "lm_head.bias",
                    .sequence = {{Step::kFirst},
                                 {Step::kLinear, "classifier.dense"},
                                 activation(Function::Tanh),
                                 {Step::kLinear, "classifier.out_proj"}}},
                   spec);
  // Contacts are predicted from all layers' weights of attention, which no output here has.
  spec.ignored.insert(spec.ignored.end(),
                      {base + "contact_head.", base + "embeddings.position_ids"});
  config.skip({"esmfold_config", "vocab_list"});
  return spec;
}

}  // namespace

const Family kEsm = {
    .model_type = "esm",
    .name = "esm",
    .architectures = {"EsmModel", "EsmForMaskedLM", "EsmForSequenceClassification",
                      "EsmForTokenClassification"},
    .describe = describe_esm,
};

}  // namespace fovea::tools
