// OLMo: Llamas whose layer norms have no weights (Groeneveld et al. 2024). OLMo 2 (2025) norms what
// its parts made instead of what they take, and all heads of queries and of keys together, as do
// OLMo 3 (2025), most layers of which look back over a window, and OLMoE (Muennighoff et al. 2024),
// which has experts.

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/experts.h"
#include "tools/import/families/llama_layout.h"

namespace fovea::tools {
namespace {

LlamaForm olmo_form(const Config& config) {
  LlamaForm form;
  form.qkv = form.output = bias_if(config, "attention_bias");
  return form;
}

HeadNormsSpec row_norms() {
  return {HeadNormsSpec::kRow, "self_attn.q_norm", "self_attn.k_norm"};
}

void expect_unclipped(const Config& config) {
  if (!config.has("clip_qkv")) return;
  fail(
      "{}: the config says clip_qkv is {}; queries, keys and values that are clipped cannot be "
      "converted",
      config.path(), config.number("clip_qkv"));
}

TransformerSpec describe_olmo(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form = olmo_form(config);
  form.norm = {.plain = true, .epsilon = 1e-5f};
  form.epsilon = nullptr;
  TransformerSpec spec = describe_llama(config, checkpoint, form);
  if (!config.has("clip_qkv")) return spec;
  const auto clip = static_cast<float>(config.positive("clip_qkv"));
  for (LayerSpec& layer : spec.decoder->layers.pattern) {
    for (BlockSpec& block : layer) {
      if (auto* self = std::get_if<AttentionSpec>(&block.part)) self->clip = clip;
    }
  }
  return spec;
}

LlamaForm olmo2_form(const Config& config) {
  LlamaForm form = olmo_form(config);
  form.norm.epsilon = 1e-5f;
  form.names.attention_norm = form.names.ffn_norm = "";
  form.names.attention_after = "post_attention_layernorm";
  form.names.ffn_after = "post_feedforward_layernorm";
  form.head_norms = row_norms();
  return form;
}

TransformerSpec describe_olmo2(const Config& config, const Checkpoint& checkpoint) {
  return describe_llama(config, checkpoint, olmo2_form(config));
}

TransformerSpec describe_olmo3(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form = olmo2_form(config);
  const uint32_t window = window_of_some(config, 4096);
  const std::vector<bool> slides =
      sliding_layers(config, checkpoint, [](size_t i) { return (i + 1) % 4 != 0; });
  for (const bool here : slides) form.windows.push_back(here ? window : 0);
  form.layer_type = "full_attention";
  form.theta = 500000;
  TransformerSpec spec = describe_llama(config, checkpoint, form);
  // Layers with a window are not scaled.
  const uint32_t width = spec.decoder->layers.attention(0, Sight::kPast)->heads.key_width;
  spec.rotaries.push_back({read_layer_rotary(config,
                                             {.head_width = width,
                                              .positions = spec.decoder->tokens,
                                              .layer_type = "sliding_attention",
                                              .theta = form.theta},
                                             "rope_theta")});
  for_attentions(spec, [](AttentionSpec& attention, size_t) {
    if (attention.window > 0) attention.rotary = 1;
  });
  return spec;
}

TransformerSpec describe_olmoe(const Config& config, const Checkpoint& checkpoint) {
  expect_unclipped(config);
  LlamaForm form = olmo_form(config);
  form.norm.epsilon = 1e-5f;
  form.head_norms = row_norms();
  ExpertsSpec experts = read_experts(config, {.count = 64, .chosen = 8});
  experts.width = config.count("intermediate_size");
  experts.activation = config.function("hidden_act");
  experts.route = read_normalized(config);
  name_experts(checkpoint, {"mlp", "gate_proj", "up_proj", "down_proj"}, experts);
  form.experts = {experts};
  return describe_llama(config, checkpoint, form);
}

}  // namespace

const Family kOlmo = {
    .model_type = "olmo",
    .name = "olmo",
    .architectures = {"OlmoForCausalLM", "OlmoModel", "OlmoForSequenceClassification"},
    .describe = describe_olmo,
    .tokens = {{"eos_token_id", 50279}},
};

const Family kOlmo2 = {
    .model_type = "olmo2",
    .name = "olmo2",
    .architectures = {"Olmo2ForCausalLM", "Olmo2Model", "Olmo2ForSequenceClassification"},
    .describe = describe_olmo2,
    .tokens = {{"eos_token_id", 50279}},
};

const Family kOlmo3 = {
    .model_type = "olmo3",
    .name = "olmo3",
    .architectures = {"Olmo3ForCausalLM", "Olmo3Model", "Olmo3ForSequenceClassification"},
    .describe = describe_olmo3,
    .tokens = {{"eos_token_id", 50279}},
};

const Family kOlmoe = {
    .model_type = "olmoe",
    .name = "olmoe",
    .architectures = {"OlmoeForCausalLM", "OlmoeModel"},
    .describe = describe_olmoe,
    .tokens = {{"eos_token_id", 50279}},
};

}  // namespace fovea::tools
