// Encoders of text with BERT's layers under names of their own: DistilBERT (Sanh et al. 2019), and
// MPNet (Song et al. 2020), whose scores also depend on distances.

#include "tools/import/families.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

using schema::Function;
using Step = StepSpec;

// The config calls everything otherwise.
TransformerSpec describe_distilbert(const Config& config, const Checkpoint&) {
  TransformerSpec spec;
  TowerSpec& tower = spec.encoder.emplace();
  spec.base = "distilbert.";
  spec.width = config.count("dim");
  spec.norm = {.epsilon = 1e-12f, .before = false};
  tower.embedding = {
      .input = "tokens",
      .name = "distilbert.embeddings.word_embeddings",
      .rows = config.count("vocab_size"),
      .positions = {PositionsSpec::kLearned, "distilbert.embeddings.position_embeddings.weight"},
      .norm = "distilbert.embeddings.LayerNorm"};
  tower.dim = "tokens";
  tower.tokens = config.count("max_position_embeddings", 512);
  const auto named = [](const char* name) { return LinearSpec{name, {}, Bias::kRequired}; };
  AttentionSpec self = {.query = named("attention.q_lin"),
                        .key = named("attention.k_lin"),
                        .value = named("attention.v_lin"),
                        .output = named("attention.out_lin")};
  self.heads.count = self.heads.kv_count = config.count("n_heads");
  self.heads.key_width = self.heads.value_width = config.divided("dim", "n_heads");
  FeedForwardSpec ffn = {.up = named("ffn.lin1"), .down = named("ffn.lin2")};
  ffn.width = config.count("hidden_dim");
  ffn.activation = config.function("activation");
  tower.layers = {"distilbert.transformer.layer.",
                  config.count("n_layers"),
                  "n_layers",
                  {{{"sa_layer_norm", self}, {"output_layer_norm", ffn}}}};
  add_text_outputs(config,
                   {.masked = {linear_step("vocab_transform"),
                               activation_step(ffn.activation),
                               {Step::kNorm, "vocab_layer_norm"}},
                    .words = {"vocab_projector"},
                    .sequence = {{Step::kFirst},
                                 linear_step("pre_classifier"),
                                 activation_step(Function::Relu),
                                 linear_step("classifier")}},
                   spec);
  // Sines are stored in the table like any other positions.
  config.skip({"sinusoidal_pos_embds", "qa_dropout", "seq_classif_dropout", "tie_weights_"});
  return spec;
}

TransformerSpec describe_mpnet(const Config& config, const Checkpoint&) {
  TransformerSpec spec = describe_embeddings(config, {.base = "mpnet.", .after_padding = true});
  TowerSpec& tower = *spec.encoder;
  constexpr TextLayer kLayer = {.query = "attention.attn.q",
                                .key = "attention.attn.k",
                                .value = "attention.attn.v",
                                .output = "attention.attn.o",
                                .attention_norm = "attention.LayerNorm",
                                .up = "intermediate.dense",
                                .down = "output.dense",
                                .ffn_norm = "output.LayerNorm"};
  LayerSpec layer = text_layer(config, kLayer);
  // The model has 32 buckets up to 128 whatever the config says; another table does not fit.
  std::get<AttentionSpec>(layer[0].part).buckets = {"mpnet.encoder.relative_attention_bias", 32,
                                                    128};
  config.skip({"relative_attention_num_buckets"});
  tower.layers = {
      "mpnet.encoder.layer.", config.count("num_hidden_layers"), "num_hidden_layers", {layer}};
  add_roberta_outputs(config, "mpnet.", spec);
  return spec;
}

}  // namespace

const Family kDistilbert = {
    .model_type = "distilbert",
    .name = "distilbert",
    .architectures = {"DistilBertModel", "DistilBertForMaskedLM",
                      "DistilBertForSequenceClassification", "DistilBertForTokenClassification",
                      "DistilBertForQuestionAnswering"},
    .describe = describe_distilbert,
};

const Family kMpnet = {
    .model_type = "mpnet",
    .name = "mpnet",
    .architectures = {"MPNetModel", "MPNetForMaskedLM", "MPNetForSequenceClassification",
                      "MPNetForTokenClassification", "MPNetForQuestionAnswering"},
    .describe = describe_mpnet,
};

}  // namespace fovea::tools
