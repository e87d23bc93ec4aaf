// BERTs that norm what their parts take, and what the last layer made: Megatron's (Shoeybi et al.
// 2019), RoBERTa as fairseq has it, and XLM-RoBERTa XL (Goyal et al. 2021).

#include "tools/import/families.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

TextLayer layer_with(const char* attention_norm, const char* ffn_norm) {
  TextLayer layer = kBertLayer;
  layer.attention_norm = attention_norm;
  layer.ffn_norm = ffn_norm;
  return layer;
}

TransformerSpec describe_pre_norm_encoders(const Config& config, const BertForm& form,
                                           const TextLayer& layer, const std::string& last_norm) {
  TransformerSpec spec = describe_bert_form(config, form, layer);
  spec.norm.before = true;
  spec.encoder->norm = form.base + last_norm;
  return spec;
}

TransformerSpec describe_megatron(const Config& config, const Checkpoint&) {
  const std::string base = "bert.";
  TransformerSpec spec = describe_pre_norm_encoders(config, {.base = base},
                                                    layer_with("attention.ln", "ln"), "encoder.ln");
  spec.encoder->embedding.norm = "";
  add_bert_outputs(config, base, spec);
  return spec;
}

TransformerSpec describe_roberta_pre_norm(const Config& config, const Checkpoint&) {
  const std::string base = "roberta_prelayernorm.";
  TransformerSpec spec = describe_pre_norm_encoders(
      config, {.base = base, .after_padding = true},
      layer_with("attention.LayerNorm", "intermediate.LayerNorm"), "LayerNorm");
  add_roberta_outputs(config, base, spec);
  return spec;
}

TransformerSpec describe_xlm_roberta_xl(const Config& config, const Checkpoint&) {
  const std::string base = "roberta.";
  TransformerSpec spec = describe_pre_norm_encoders(
      config, {.base = base, .after_padding = true},
      layer_with("attention.self_attn_layer_norm", "LayerNorm"), "encoder.LayerNorm");
  spec.encoder->embedding.norm = "";
  add_roberta_outputs(config, base, spec);
  return spec;
}

}  // namespace

const Family kMegatronBert = {
    .model_type = "megatron-bert",
    .name = "megatron-bert",
    .architectures = {"MegatronBertModel", "MegatronBertForMaskedLM", "MegatronBertForPreTraining",
                      "MegatronBertForSequenceClassification", "MegatronBertForTokenClassification",
                      "MegatronBertForQuestionAnswering"},
    .describe = describe_megatron,
};

const Family kRobertaPreLayerNorm = {
    .model_type = "roberta-prelayernorm",
    .name = "roberta-prelayernorm",
    .architectures = {"RobertaPreLayerNormModel", "RobertaPreLayerNormForMaskedLM",
                      "RobertaPreLayerNormForSequenceClassification",
                      "RobertaPreLayerNormForTokenClassification",
                      "RobertaPreLayerNormForQuestionAnswering"},
    .describe = describe_roberta_pre_norm,
};

const Family kXlmRobertaXl = {
    .model_type = "xlm-roberta-xl",
    .name = "xlm-roberta-xl",
    .architectures = {"XLMRobertaXLModel", "XLMRobertaXLForMaskedLM",
                      "XLMRobertaXLForSequenceClassification", "XLMRobertaXLForTokenClassification",
                      "XLMRobertaXLForQuestionAnswering"},
    .describe = describe_xlm_roberta_xl,
};

}  // namespace fovea::tools
