// Encoders of text: BERT (Devlin et al. 2018), its relatives that differ in positions, heads and
// names (RoBERTa, Liu et al. 2019; data2vec, Baevski et al. 2022; ELECTRA, Clark et al. 2020;
// ALBERT, Lan et al. 2019).

#include <algorithm>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

using schema::Function;
using Step = StepSpec;

TransformerSpec describe_bert(const Config& config, const Checkpoint&) {
  TransformerSpec spec = describe_bert_form(config, {.base = "bert."});
  add_bert_outputs(config, "bert.", spec);
  return spec;
}

TransformerSpec describe_roberta(const Config& config, const Checkpoint&) {
  TransformerSpec spec = describe_bert_form(config, {.base = "roberta.", .after_padding = true});
  add_roberta_outputs(config, "roberta.", spec);
  return spec;
}

TransformerSpec describe_data2vec(const Config& config, const Checkpoint&) {
  const std::string base = "data2vec_text.";
  TransformerSpec spec = describe_bert_form(config, {.base = base, .after_padding = true});
  add_roberta_outputs(config, base, spec);
  return spec;
}

// ERNIE (Sun et al. 2019): the task of a text has a row of its own, which is task 0 where nobody
// says another.
TransformerSpec describe_ernie(const Config& config, const Checkpoint&) {
  TransformerSpec spec = describe_bert_form(config, {.base = "ernie."});
  PositionsSpec& positions = spec.encoder->embedding.positions;
  const uint32_t tasks = config.count("task_type_vocab_size", 3);
  if (config.flag("use_task_id", false)) {
    if (!positions.added.empty()) {
      fail("{}: the config says type_vocab_size is 1 beside use_task_id; 2 can be converted",
           config.path());
    }
    positions.added = "ernie.embeddings.task_type_embeddings.weight";
    positions.added_rows = tasks;
  }
  add_bert_outputs(config, "ernie.", spec);
  return spec;
}

TransformerSpec describe_electra(const Config& config, const Checkpoint&) {
  TransformerSpec spec = describe_bert_form(config, {.base = "electra."});
  EmbeddingSpec& e = spec.encoder->embedding;
  e.width = config.count("embedding_size", 128);
  if (e.width != spec.width) e.project = {"electra.embeddings_project", {}, Bias::kRequired};
  // The discriminator says of every token whether it was replaced.
  const std::vector<std::string> names = config.texts("architectures");
  const bool discriminator = !names.empty() && names[0] == "ElectraForPreTraining";
  TextHeads heads = {
      .masked = {linear_step("generator_predictions.dense"), activation_step(Function::GeluErf),
                 norm_step("generator_predictions.LayerNorm")},
      .words = {"generator_lm_head"},
      .sequence = {{Step::kFirst},
                   linear_step("classifier.dense"),
                   activation_step(Function::GeluErf),
                   linear_step("classifier.out_proj")}};
  add_text_outputs(config, heads, spec);
  if (discriminator) {
    spec.encoder->outputs.back().steps = {
        linear_step("discriminator_predictions.dense"),
        activation_step(config.function("hidden_act")),
        linear_step("discriminator_predictions.dense_prediction")};
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
  add_token_types(config, "albert.", tower.embedding);
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
      {.pooled = {{Step::kFirst}, linear_step("albert.pooler"), activation_step(Function::Tanh)},
       .masked = {linear_step("predictions.dense"), activation_step(config.function("hidden_act")),
                  norm_step("predictions.LayerNorm")},
       .words = {"predictions.decoder"},
       .words_bias = "predictions.bias",
       .sequence = {linear_step("classifier")},
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

const Family kData2VecText = {
    .model_type = "data2vec-text",
    .name = "data2vec-text",
    .architectures = {"Data2VecTextModel", "Data2VecTextForMaskedLM",
                      "Data2VecTextForSequenceClassification", "Data2VecTextForTokenClassification",
                      "Data2VecTextForQuestionAnswering"},
    .describe = describe_data2vec,
};

const Family kErnie = {
    .model_type = "ernie",
    .name = "ernie",
    .architectures = {"ErnieModel", "ErnieForMaskedLM", "ErnieForPreTraining",
                      "ErnieForSequenceClassification", "ErnieForTokenClassification",
                      "ErnieForQuestionAnswering"},
    .describe = describe_ernie,
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
