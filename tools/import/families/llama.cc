// Decoder language models: RMS norm before each part, rotary embedding, grouped-query attention,
// gated feed-forward (Touvron et al. 2023).

#include "tools/import/families.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

TransformerSpec describe_llama(const Config& config, const Checkpoint& checkpoint) {
  const Bias attention = bias_if(config, "attention_bias");
  return describe_llama(
      config, checkpoint,
      {.qkv = attention, .output = attention, .ffn = bias_if(config, "mlp_bias")});
}

}  // namespace

const Family kLlama = {
    .model_type = "llama",
    .name = "llama",
    .architectures = {"LlamaForCausalLM", "LLaMAForCausalLM", "LlamaModel",
                      "LlamaForSequenceClassification", "LlamaForTokenClassification",
                      "LlamaForQuestionAnswering"},
    .describe = describe_llama,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

}  // namespace fovea::tools
