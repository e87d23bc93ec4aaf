// Llamas whose tokens look back over a window (Jiang et al. 2023).

#include "tools/import/families.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

TransformerSpec describe(const Config& config, const Checkpoint& checkpoint) {
  // null means none, no word means 4096.
  const bool none = config.names("sliding_window") && !config.has("sliding_window");
  LlamaForm form;
  form.kv_heads = 8;
  form.windows = {none ? 0 : config.count("sliding_window", 4096)};
  return describe_llama(config, checkpoint, form);
}

}  // namespace

const Family kMistral = {
    .model_type = "mistral",
    .name = "mistral",
    .architectures = {"MistralForCausalLM", "MistralModel", "MistralForSequenceClassification",
                      "MistralForTokenClassification"},
    .describe = describe,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

}  // namespace fovea::tools
