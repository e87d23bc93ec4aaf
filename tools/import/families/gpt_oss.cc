// gpt-oss (OpenAI 2025): experts with biases whose gates are limited, scores of no key, every
// second layer over a window; the experts' matrices are stored in MXFP4 or as other weights are.

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/experts.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

bool is_packed(const Checkpoint& checkpoint) {
  for (const auto& entry : checkpoint.tensors) {
    if (entry.first.ends_with("mlp.experts.gate_up_proj_blocks")) return true;
  }
  return false;
}

bool is_apart(const Checkpoint& checkpoint) {
  for (const auto& entry : checkpoint.tensors) {
    if (entry.first.ends_with("mlp.experts.gate_proj.weight")) return true;
  }
  return false;
}

// Rows of gates and of what they gate alternate, or are tensors of their own.
void name_matrices(const Checkpoint& checkpoint, ExpertsSpec& experts) {
  const std::string where = "mlp.experts.";
  if (is_apart(checkpoint)) {
    const auto own = [&](const std::string& name) {
      return ExpertLinear{where + name + ".weight", {}, where + name + ".bias"};
    };
    experts.gate = own("gate_proj");
    experts.up = own("up_proj");
    experts.down = own("down_proj");
    return;
  }
  const bool packed = is_packed(checkpoint);
  View view = {.rows = 2 * uint64_t{experts.width}, .transposed = !packed, .first = 0, .stride = 2};
  const std::string end = packed ? "_blocks" : "";
  experts.gate = {where + "gate_up_proj" + end, view, where + "gate_up_proj_bias"};
  view.first = 1;
  experts.up = {where + "gate_up_proj" + end, view, where + "gate_up_proj_bias"};
  experts.down = {where + "down_proj" + end, {.transposed = !packed}, where + "down_proj_bias"};
}

ExpertsSpec read(const Config& config, const Checkpoint& checkpoint) {
  ExpertsSpec experts = read_experts(config, {.count = 128, .chosen = 4});
  experts.router = {"mlp.router", {}, Bias::kRequired};
  experts.width = config.count("intermediate_size");
  config.choice("hidden_act", "silu", {"silu"});
  experts.activation = schema::Function::Silu;
  experts.limit = static_cast<float>(config.positive("swiglu_limit", 7));
  experts.alpha = static_cast<float>(config.positive("swiglu_alpha", 1.702));
  name_matrices(checkpoint, experts);
  return experts;
}

void check_quantization(const Config& config) {
  if (!config.has("quantization_config")) return;
  const Config stored = config.object("quantization_config");
  stored.choice("quant_method", "", {"mxfp4"});
  // The tensors say which they are.
  stored.skip({"modules_to_not_convert", "dequantize"});
}

TransformerSpec describe_gpt_oss(const Config& config, const Checkpoint& checkpoint) {
  check_quantization(config);
  if (!config.has("rope_parameters") && !config.has("rope_scaling")) {
    fail("{}: the config has neither rope_parameters nor rope_scaling; what turns is not known",
         config.path());
  }
  // Of another program than transformers: rope_scaling says it again.
  config.skip({"initial_context_length"});
  const bool biases = config.flag("attention_bias", true);
  const uint32_t window = config.count("sliding_window", 128);
  LlamaForm form;
  form.kv_heads = 8;
  form.head_width = 64;
  form.qkv = form.output = biases ? Bias::kRequired : Bias::kNone;
  form.norm.epsilon = 1e-5f;
  form.theta = 150000;
  form.experts = {read(config, checkpoint)};
  const auto every_second = [](size_t i) { return i % 2 == 0; };
  for (const bool slides : sliding_layers(config, checkpoint, every_second)) {
    form.windows.push_back(slides ? window : 0);
  }
  TransformerSpec spec = describe_llama(config, checkpoint, form);
  for_attentions(spec, [](AttentionSpec& a, size_t) { a.sinks = "self_attn.sinks"; });
  return spec;
}

}  // namespace

const Family kGptOss = {
    .model_type = "gpt_oss",
    .name = "gpt_oss",
    .architectures = {"GptOssForCausalLM", "GptOssModel", "GptOssForSequenceClassification"},
    .describe = describe_gpt_oss,
};

}  // namespace fovea::tools
