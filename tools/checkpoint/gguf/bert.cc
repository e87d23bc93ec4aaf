// BERT, without its pooler.

#include <iterator>

#include "tools/checkpoint/gguf/architecture.h"
#include "tools/checkpoint/json.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

using nlohmann::json;

constexpr GgufKey kBertKeys[] = {
    {"attention.layer_norm_epsilon", "layer_norm_eps", GgufKey::kRequired},
};
constexpr GgufTensor kBertTensors[] = {
    {"token_embd", "embeddings.word_embeddings"},
    {"position_embd", "embeddings.position_embeddings"},
    {"token_types", "embeddings.token_type_embeddings"},
    {"token_embd_norm", "embeddings.LayerNorm"},
};
constexpr GgufTensor kBertLayer[] = {
    {"attn_q", "attention.self.query"},
    {"attn_k", "attention.self.key"},
    {"attn_v", "attention.self.value"},
    {"attn_output", "attention.output.dense"},
    {"attn_output_norm", "attention.output.LayerNorm"},
    {"ffn_up", "intermediate.dense"},
    {"ffn_down", "output.dense"},
    {"layer_output_norm", "output.LayerNorm"},
};

void finish_bert(GgufImport& import) {
  const json causal = import.take("attention.causal");
  if (causal != false) {
    fail("{}: {} is {}; a BERT whose tokens see no later ones cannot be converted", import.path(),
         import.key("attention.causal"), show_json(causal));
  }
  import.config()["type_vocab_size"] =
      import.checkpoint().at("embeddings.token_type_embeddings.weight").shape.front();
  static constexpr const char* kPoolings[] = {nullptr, "mean", "cls", "lasttoken"};
  const json pooling = import.take("pooling_type");
  if (pooling.is_null() || pooling == 0u) return;
  if (!pooling.is_number_unsigned() || pooling >= std::size(kPoolings)) {
    fail("{}: {} is {}; 0 to 3 can be converted", import.path(), import.key("pooling_type"),
         show_json(pooling));
  }
  import.checkpoint().modules.push_back({"", "Pooling", {
                                           { "pooling_mode",
                                             kPoolings[pooling.get<size_t>()] }
                                         }});
}

}  // namespace

const GgufArchitecture kGgufBert = {
    .name = "bert",
    .model_type = "bert",
    .keys = kBertKeys,
    .tensors = kBertTensors,
    .layer = kBertLayer,
    .prefix = "encoder.layer.",
    .implied = R"({"hidden_act": "gelu"})",
    .turned = false,
    .finish = finish_bert,
};

}  // namespace fovea::tools
