// What encoders with BERT's or RoBERTa's heads have in common.

#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

using schema::Function;
using Step = StepSpec;

std::vector<Step> pooler(const std::string& base) {
  return {{Step::kFirst}, linear_step(base + "pooler.dense"), activation_step(Function::Tanh)};
}

}  // namespace

// A model with one type adds it to every token; one with several has an input.
void add_token_types(const Config& config, const std::string& base, EmbeddingSpec& e) {
  const std::string name = base + "embeddings.token_type_embeddings";
  const uint32_t types = config.count("type_vocab_size", 2);
  if (types == 1) {
    e.positions.added = name + ".weight";
  } else {
    e.types = name;
    e.type_rows = types;
  }
}

TransformerSpec describe_bert_form(const Config& config, const BertForm& form,
                                   const TextLayer& layer) {
  TransformerSpec spec = describe_embeddings(config, form);
  TowerSpec& tower = *spec.encoder;
  add_token_types(config, form.base, tower.embedding);
  tower.layers = {form.base + "encoder.layer.",
                  config.count("num_hidden_layers"),
                  "num_hidden_layers",
                  {text_layer(config, layer)}};
  return spec;
}

void add_bert_outputs(const Config& config, const std::string& base, TransformerSpec& spec) {
  const std::string head = "cls.predictions.";
  add_text_outputs(config,
                   {.pooled = pooler(base),
                    .masked = {linear_step(head + "transform.dense"),
                               activation_step(config.function("hidden_act")),
                               norm_step(head + "transform.LayerNorm")},
                    .words = {head + "decoder"},
                    .words_bias = head + "bias",
                    .sequence = {linear_step("classifier")},
                    .sequence_from_pooled = true},
                   spec);
  spec.ignored.push_back("cls.seq_relationship.");  // whether a text follows another
  // Of a pooler that TensorFlow's programs described.
  config.skip({"directionality", "pooler_fc_size", "pooler_num_attention_heads",
               "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type"});
}

void add_roberta_outputs(const Config& config, const std::string& base, TransformerSpec& spec) {
  add_text_outputs(config,
                   {.pooled = pooler(base),
                    .masked = {linear_step("lm_head.dense"), activation_step(Function::GeluErf),
                               norm_step("lm_head.layer_norm")},
                    .words = {"lm_head.decoder"},
                    .words_bias = "lm_head.bias",
                    .sequence = {{Step::kFirst},
                                 linear_step("classifier.dense"),
                                 activation_step(Function::Tanh),
                                 linear_step("classifier.out_proj")}},
                   spec);
}

}  // namespace fovea::tools
