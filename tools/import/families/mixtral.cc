// Mistral with experts instead of the feed-forward (Jiang et al. 2024).

#include "tools/import/families.h"
#include "tools/import/families/experts.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

TransformerSpec describe_mixtral(const Config& config, const Checkpoint& checkpoint) {
  ExpertsSpec experts = read_experts(config, {.count = 8, .chosen = 2});
  experts.width = config.count("intermediate_size");
  experts.activation = config.function("hidden_act");
  // Hubs and both releases' folders; memory of release 5, whatever wrote it down.
  const bool old = !has_experts(checkpoint, "mlp");
  name_experts(checkpoint, {old ? "block_sparse_moe" : "mlp", "w1", "w3", "w2"}, experts);
  LlamaForm form;
  form.kv_heads = 8;
  form.norm.epsilon = 1e-5f;
  form.theta = 1e6;
  form.windows = {config.has("sliding_window") ? config.count("sliding_window") : 0};
  form.experts = {experts};
  return describe_llama(config, checkpoint, form);
}

}  // namespace

const Family kMixtral = {
    .model_type = "mixtral",
    .name = "mixtral",
    .architectures = {"MixtralForCausalLM", "MixtralModel", "MixtralForSequenceClassification",
                      "MixtralForQuestionAnswering"},
    .describe = describe_mixtral,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

}  // namespace fovea::tools
