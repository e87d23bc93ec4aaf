// Llamas in other forms: Phi-3 (Abdin et al. 2024), whose matrices are fused, SmolLM3 (2025), some
// layers of which know no positions, and Granite (2024), whose sums and logits are scaled and which
// may have experts.

#include <algorithm>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/experts.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

TransformerSpec describe_phi3(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.fused = true;
  form.partial = 1;
  if (config.has("sliding_window")) form.windows = {config.count("sliding_window")};
  config.skip({"original_max_position_embeddings"});  // there where nothing is scaled, too
  return describe_llama(config, checkpoint, form);
}

// "no_rope_layers" has 1 for each layer that turns; without it every nth does not.
std::vector<bool> turned_layers(const Config& config, const Checkpoint& checkpoint) {
  const uint32_t layers = config.count("num_hidden_layers");
  const uint32_t interval = config.count("no_rope_layer_interval", 4);
  const bool listed = config.has("no_rope_layers");
  const std::vector<double> list =
      listed ? config.numbers("no_rope_layers") : std::vector<double>();
  if (listed && list.size() != layers) {
    fail("{}: the config has {} no_rope_layers for {} layers", config.path(), list.size(), layers);
  }
  // A config that says more layers than there can be is refused when they are looked for.
  std::vector<bool> turned(std::min<size_t>(layers, checkpoint.tensors.size() + 1));
  for (size_t i = 0; i < turned.size(); ++i) {
    turned[i] = listed ? list[i] != 0 : (i + 1) % interval != 0;
  }
  return turned;
}

TransformerSpec describe_smollm3(const Config& config, const Checkpoint& checkpoint) {
  if (config.flag("use_sliding_window", false) && !config.has("layer_types")) {
    fail("{}: the config's use_sliding_window is true without layer_types, which would say where",
         config.path());
  }
  LlamaForm form;
  form.kv_heads = 4;
  form.qkv = form.output = bias_if(config, "attention_bias");
  form.ffn = bias_if(config, "mlp_bias");
  form.tied = true;
  form.windows = sliding_windows(config, checkpoint);
  form.turned = turned_layers(config, checkpoint);
  return describe_llama(config, checkpoint, form);
}

// Numbers that keep what goes through the model as large at every width (muP, Yang et al. 2022).
TransformerSpec describe_granites(const Config& config, const Checkpoint& checkpoint,
                                  LlamaForm form) {
  form.qkv = form.output = bias_if(config, "attention_bias");
  TransformerSpec spec = describe_llama(config, checkpoint, form);
  TowerSpec& tower = *spec.decoder;
  tower.embedding.scale = static_cast<float>(config.positive("embedding_multiplier", 1));
  tower.head.scale = static_cast<float>(1 / config.positive("logits_scaling", 1));
  const double scale = config.positive("attention_multiplier", 1);
  const float residual = static_cast<float>(config.positive("residual_multiplier", 1));
  for_attentions(spec, [&](AttentionSpec& attention, size_t) { attention.scale = scale; });
  for (LayerSpec& layer : tower.layers.pattern) {
    for (BlockSpec& block : layer) block.factor = residual;
  }
  return spec;
}

TransformerSpec describe_granite(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.ffn = bias_if(config, "mlp_bias");
  return describe_granites(config, checkpoint, form);
}

TransformerSpec describe_granite_moe(const Config& config, const Checkpoint& checkpoint) {
  ExpertsSpec experts = read_experts(config, {.count = 8, .chosen = 2});
  experts.width = config.count("intermediate_size");
  experts.activation = config.function("hidden_act");
  const std::string where = "block_sparse_moe.";
  const uint64_t width = experts.width;
  experts.router = {where + "router.layer", {}, Bias::kNone};
  experts.gate = {where + "input_linear.weight", {.rows = 2 * width}};
  experts.up = {where + "input_linear.weight", {.rows = 2 * width, .first = width}};
  experts.down = {where + "output_linear.weight"};
  LlamaForm form;
  form.experts = {experts};
  return describe_granites(config, checkpoint, form);
}

// Beside the experts, of the same input, a feed-forward that every token takes.
TransformerSpec describe_granite_shared(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec = describe_granite_moe(config, checkpoint);
  const char* key = "shared_intermediate_size";
  if (!config.has(key) || config.number(key) == 0) return spec;
  FeedForwardSpec shared;
  shared.width = config.count(key);
  shared.activation = config.function("hidden_act");
  const std::string where = "shared_mlp.";
  const uint64_t width = shared.width;
  shared.gate = {where + "input_linear", {.rows = 2 * width}, Bias::kNone};
  shared.up = {where + "input_linear", {.rows = 2 * width, .first = width}, Bias::kNone};
  shared.down = {where + "output_linear", {}, Bias::kNone};
  for (LayerSpec& layer : spec.decoder->layers.pattern) {
    const BlockSpec experts = layer.back();
    layer.push_back({experts.norm, shared, experts.after, experts.factor, /*parallel=*/true});
  }
  return spec;
}

}  // namespace

const Family kPhi3 = {
    .model_type = "phi3",
    .name = "phi3",
    .architectures = {"Phi3ForCausalLM", "Phi3Model", "Phi3ForSequenceClassification",
                      "Phi3ForTokenClassification"},
    .describe = describe_phi3,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 32000}},
};

const Family kSmolLm3 = {
    .model_type = "smollm3",
    .name = "smollm3",
    .architectures = {"SmolLM3ForCausalLM", "SmolLM3Model", "SmolLM3ForSequenceClassification",
                      "SmolLM3ForTokenClassification", "SmolLM3ForQuestionAnswering"},
    .describe = describe_smollm3,
    .tokens = {{"bos_token_id", 128000}, {"eos_token_id", 128001}},
};

const Family kGranite = {
    .model_type = "granite",
    .name = "granite",
    .architectures = {"GraniteForCausalLM", "GraniteModel"},
    .describe = describe_granite,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

const Family kGraniteMoe = {
    .model_type = "granitemoe",
    .name = "granitemoe",
    .architectures = {"GraniteMoeForCausalLM", "GraniteMoeModel"},
    .describe = describe_granite_moe,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

const Family kGraniteMoeShared = {
    .model_type = "granitemoeshared",
    .name = "granitemoeshared",
    .architectures = {"GraniteMoeSharedForCausalLM", "GraniteMoeSharedModel"},
    .describe = describe_granite_shared,
    .tokens = {{"bos_token_id", 1}, {"eos_token_id", 2}},
};

}  // namespace fovea::tools
