// Encoders of text: BERT (Devlin et al. 2018), its relatives that differ in positions, heads and
// names (RoBERTa, Liu et al. 2019; ELECTRA, Clark et al. 2020; ALBERT, Lan et al. 2019).

#include <algorithm>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

using schema::Function;
using Step = StepSpec;

Step linear(const std::string& name) {
  return {Step::kLinear, name};
}
Step norm(const std::string& name) {
  return {Step::kNorm, name};
}
Step activation(Function function) {
  return {Step::kActivation, {}, Bias::kNone, function};
}

// A model with one type adds it to every token; one with several has an input.
void add_types(const Config& config, const std::string& base, EmbeddingSpec& e) {
  const std::string name = base + "embeddings.token_type_embeddings";
  const uint32_t types = config.count("type_vocab_size", 2);
  if (types == 1) {
    e.positions.added = name + ".weight";
  } else {
    e.types = name;
    e.type_rows = types;
  }
}

TransformerSpec describe(const Config& config, const BertForm& form) {
  TransformerSpec spec = describe_embeddings(config, form);
  TowerSpec& tower = *spec.encoder;
  add_types(config, form.base, tower.embedding);
  tower.layers = {form.base + "encoder.layer.",
                  config.count("num_hidden_layers"),
                  "num_hidden_layers",
                  {text_layer(config, kBertLayer)}};
  return spec;
}

std::vector<Step> pooler(const std::string& base) {
  return {{Step::kFirst}, linear(base + "pooler.dense"), activation(Function::Tanh)};
}

TransformerSpec describe_bert(const Config& config, const Checkpoint&) {
  TransformerSpec spec = describe(config, {.base = "bert."});
  const std::string head = "cls.predictions.";
  add_text_outputs(
      config,
      {.pooled = pooler("bert."),
       .masked = {linear(head + "transform.dense"), activation(config.function("hidden_act")),
                  norm(head + "transform.LayerNorm")},
       .words = {head + "decoder"},
       .words_bias = head + "bias",
       .sequence = {linear("classifier")},
       .sequence_from_pooled = true},
      spec);
  spec.ignored.push_back("cls.seq_relationship.");  // whether a text follows another
  // Of a pooler that TensorFlow's programs described.
  config.skip({"directionality", "pooler_fc_size", "pooler_num_attention_heads",
               "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type"});
  return spec;
}

TransformerSpec describe_roberta(const Config& config, const Checkpoint&) {
  TransformerSpec spec = describe(config, {.base = "roberta.", .after_padding = true});
  add_text_outputs(config,
                   {.pooled = pooler("roberta."),
                    .masked = {linear("lm_head.dense"), activation(Function::GeluErf),
                               norm("lm_head.layer_norm")},
                    .words = {"lm_head.decoder"},
                    .words_bias = "lm_head.bias",
                    .sequence = {{Step::kFirst},
                                 linear("classifier.dense"),
                                 activation(Function::Tanh),
                                 linear("classifier.out_proj")}},
                   spec);
  return spec;
}

TransformerSpec describe_electra(const Config& config, const Checkpoint&) {
  TransformerSpec spec = describe(config, {.base = "electra."});
  EmbeddingSpec& e = spec.encoder->embedding;
  e.width = config.count("embedding_size", 128);
  if (e.width != spec.width) e.project = {"electra.embeddings_project", {}, Bias::kRequired};
  // The discriminator says of every token whether it was replaced.
  const std::vector<std::string> names = config.texts("architectures");
  const bool discriminator = !names.empty() && names[0] == "ElectraForPreTraining";
  TextHeads heads = {
      .masked = {linear("generator_predictions.dense"), activation(Function::GeluErf),
                 norm("generator_predictions.LayerNorm")},
      .words = {"generator_lm_head"},
      .sequence = {{Step::kFirst},
                   linear("classifier.dense"),
                   activation(Function::GeluErf),
                   linear("classifier.out_proj")}};
  add_text_outputs(config, heads, spec);
  if (discriminator) {
    spec.encoder->outputs.back().steps = {linear("discriminator_predictions.dense"),
                                          activation(config.function("hidden_act")),
                                          linear("discriminator_predictions.dense_prediction")};
    spec.encoder->head = {};
  }
  return spec;
}

// What names of each layer's tensors begin with: some layers share all of theirs.
std::vector<std::string> albert_layers(const Config& config) {
  const uint32_t layers = config.count("num_hidden_layers");
  const uint32_t groups = config.count("num_hidden_groups", 1);
  const uint32_t inner = config.count("inner_group_num", 1);
  constexpr uint32_t kMost = 4096;
  if (layers > kMost || groups > layers || inner > kMost / layers) {
    fail(
        "{}: the config says num_hidden_layers is {}, num_hidden_groups {} and inner_group_num {}; "
        "at most {} layers of at most so many groups can be converted",
        config.path(), layers, groups, inner, kMost);
  }
  std::vector<std::string> names;
  for (uint32_t i = 0; i < layers; ++i) {
    const uint64_t group = uint64_t{i} * groups / layers;
    for (uint32_t j = 0; j < inner; ++j) {
      names.push_back("albert.encoder.albert_layer_groups." + std::to_string(group) +
                      ".albert_layers." + std::to_string(j) + ".");
    }
  }
  return names;
}

TransformerSpec describe_albert(const Config& config, const Checkpoint&) {
  TransformerSpec spec = describe_embeddings(config, {.base = "albert."});
  TowerSpec& tower = *spec.encoder;
  add_types(config, "albert.", tower.embedding);
  tower.embedding.width = config.count("embedding_size", 128);
  tower.embedding.project = {"albert.encoder.embedding_hidden_mapping_in", {}, Bias::kRequired};
  constexpr TextLayer kLayer = {.query = "attention.query",
                                .key = "attention.key",
                                .value = "attention.value",
                                .output = "attention.dense",
                                .attention_norm = "attention.LayerNorm",
                                .up = "ffn",
                                .down = "ffn_output",
                                .ffn_norm = "full_layer_layer_norm"};
  tower.layers.shared = albert_layers(config);
  tower.layers.count = static_cast<uint32_t>(tower.layers.shared.size());
  tower.layers.pattern = {text_layer(config, kLayer)};
  add_text_outputs(
      config,
      {.pooled = {{Step::kFirst}, linear("albert.pooler"), activation(Function::Tanh)},
       .masked = {linear("predictions.dense"), activation(config.function("hidden_act")),
                  norm("predictions.LayerNorm")},
       .words = {"predictions.decoder"},
       .words_bias = "predictions.bias",
       .sequence = {linear("classifier")},
       .sequence_from_pooled = true},
      spec);
  spec.ignored.push_back("sop_classifier.");  // which of two texts comes first
  config.skip({"classifier_dropout_prob", "down_scale_factor", "gap_size", "net_structure_type",
               "num_memory_blocks"});
  return spec;
}

}  // namespace

const Family kBert = {
    .model_type = "bert",
    .name = "bert",
    .architectures = {"BertModel", "BertForMaskedLM", "BertForPreTraining",
                      "BertForSequenceClassification", "BertForTokenClassification",
                      "BertForQuestionAnswering"},
    .describe = describe_bert,
};

const Family kRoberta = {
    .model_type = "roberta",
    .name = "roberta",
    .architectures = {"RobertaModel", "RobertaForMaskedLM", "RobertaForSequenceClassification",
                      "RobertaForTokenClassification", "RobertaForQuestionAnswering"},
    .describe = describe_roberta,
};

const Family kXlmRoberta = {
    .model_type = "xlm-roberta",
    .name = "xlm-roberta",
    .architectures = {"XLMRobertaModel", "XLMRobertaForMaskedLM",
                      "XLMRobertaForSequenceClassification", "XLMRobertaForTokenClassification",
                      "XLMRobertaForQuestionAnswering"},
    .describe = describe_roberta,
};

const Family kCamembert = {
    .model_type = "camembert",
    .name = "camembert",
    .architectures = {"CamembertModel", "CamembertForMaskedLM",
                      "CamembertForSequenceClassification", "CamembertForTokenClassification",
                      "CamembertForQuestionAnswering"},
    .describe = describe_roberta,
};

const Family kElectra = {
    .model_type = "electra",
    .name = "electra",
    .architectures = {"ElectraModel", "ElectraForMaskedLM", "ElectraForPreTraining",
                      "ElectraForSequenceClassification", "ElectraForTokenClassification",
                      "ElectraForQuestionAnswering"},
    .describe = describe_electra,
};

const Family kAlbert = {
    .model_type = "albert",
    .name = "albert",
    .architectures = {"AlbertModel", "AlbertForMaskedLM", "AlbertForPreTraining",
                      "AlbertForSequenceClassification", "AlbertForTokenClassification",
                      "AlbertForQuestionAnswering"},
    .describe = describe_albert,
};

}  // namespace fovea::tools
