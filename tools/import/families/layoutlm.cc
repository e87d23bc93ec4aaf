// LayoutLM (Xu et al. 2020): a BERT that also knows where on the page each token's word stands.

#include "tools/import/families.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

TransformerSpec describe_layoutlm(const Config& config, const Checkpoint&) {
  const std::string base = "layoutlm.", embeddings = base + "embeddings.";
  TransformerSpec spec = describe_bert_form(config, {.base = base});
  const auto table = [&](const char* name) { return embeddings + name + "_position_embeddings"; };
  spec.encoder->embedding.boxes = {
      .tables = {table("x"), table("y"), table("h"), table("w")},
      .rows = config.count("max_2d_position_embeddings", 1024),
  };
  add_bert_outputs(config, base, spec);
  return spec;
}

}  // namespace

const Family kLayoutLm = {
    .model_type = "layoutlm",
    .name = "layoutlm",
    .architectures = {"LayoutLMModel", "LayoutLMForMaskedLM", "LayoutLMForSequenceClassification",
                      "LayoutLMForTokenClassification", "LayoutLMForQuestionAnswering"},
    .describe = describe_layoutlm,
};

}  // namespace fovea::tools
