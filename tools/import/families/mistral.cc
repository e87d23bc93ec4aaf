// Llamas whose tokens look back over a window (Jiang et al. 2023).

#include "tools/import/families.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

// null means none, no word means 4096.
uint32_t read_window(const Config& config) {
  const bool none = config.names("sliding_window") && !config.has("sliding_window");
  return none ? 0 : config.count("sliding_window", 4096);
}

TransformerSpec describe_mistral(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.kv_heads = 8;
  form.windows = {read_window(config)};
  return describe_llama(config, checkpoint, form);
}

// Layers with a window and others take turns.
TransformerSpec describe_ministral(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.kv_heads = 8;
  const uint32_t window = read_window(config);
  const std::vector<bool> slides =
      sliding_layers(config, checkpoint, [&](size_t) { return window > 0; });
  for (const bool here : slides) form.windows.push_back(here ? window : 0);
  return describe_llama(config, checkpoint, form);
}

}  // namespace

const Family kMistral = {
    .model_type = "mistral",
    .name = "mistral",
    .architectures = {"MistralForCausalLM", "MistralModel", "MistralForSequenceClassification",
                      "MistralForTokenClassification", "MistralForQuestionAnswering"},
    .describe = describe_mistral,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

const Family kMinistral = {
    .model_type = "ministral",
    .name = "ministral",
    .architectures = {"MinistralForCausalLM", "MinistralModel",
                      "MinistralForSequenceClassification", "MinistralForTokenClassification",
                      "MinistralForQuestionAnswering"},
    .describe = describe_ministral,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

}  // namespace fovea::tools
