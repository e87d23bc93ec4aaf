// Llamas with biases of queries, keys and values (Qwen2, Yang et al. 2024), or with norms of each
// head of queries and keys instead (Qwen3, 2025). Some layers may look back over a window.

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

TransformerSpec describe_qwen(const Config& config, const Checkpoint& checkpoint, LlamaForm form) {
  form.kv_heads = 32;
  form.windows = sliding_windows(config, checkpoint);
  if (config.flag("use_mrope", false)) {
    fail("{}: the config's use_mrope is true; positions in several dimensions cannot be converted",
         config.path());
  }
  return describe_llama(config, checkpoint, form);
}

TransformerSpec describe_qwen2(const Config& config, const Checkpoint& checkpoint) {
  return describe_qwen(config, checkpoint, {.qkv = Bias::kRequired});
}

TransformerSpec describe_qwen3(const Config& config, const Checkpoint& checkpoint) {
  const Bias attention = bias_if(config, "attention_bias");
  return describe_qwen(config, checkpoint,
                       {.head_width = 128,
                        .qkv = attention,
                        .output = attention,
                        .head_norms = {.query = "self_attn.q_norm", .key = "self_attn.k_norm"}});
}

}  // namespace

const Family kQwen2 = {
    .model_type = "qwen2",
    .name = "qwen2",
    .architectures = {"Qwen2ForCausalLM", "Qwen2Model", "Qwen2ForSequenceClassification",
                      "Qwen2ForTokenClassification", "Qwen2ForQuestionAnswering"},
    .describe = describe_qwen2,
};

const Family kQwen3 = {
    .model_type = "qwen3",
    .name = "qwen3",
    .architectures = {"Qwen3ForCausalLM", "Qwen3Model", "Qwen3ForSequenceClassification",
                      "Qwen3ForTokenClassification", "Qwen3ForQuestionAnswering"},
    .describe = describe_qwen3,
};

}  // namespace fovea::tools
