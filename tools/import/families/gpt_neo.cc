// GPT-Neo (Black et al. 2021), whose scores are not scaled and every second layer of which looks
// back over a window, and OPT (Zhang et al. 2022), whose positions count from the third row of
// their table.

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/gpt_layout.h"

namespace fovea::tools {
namespace {

// [[kinds, how often], ...], each kind for itself; more than `most` are as good as too many.
std::vector<std::string> expand(const nlohmann::json& types, uint32_t most) {
  std::vector<std::string> kinds;
  for (const nlohmann::json& entry : types) {
    const bool right = entry.is_array() && entry.size() == 2 && entry[0].is_array() &&
                       !entry[0].empty() && entry[1].is_number_unsigned();
    for (uint64_t n = 0; right && n < entry[1] && kinds.size() <= most; ++n) {
      for (const nlohmann::json& kind : entry[0]) kinds.push_back(kind.is_string() ? kind : "");
    }
  }
  return kinds;
}

// "attention_layers" and "attention_types": one of them, or both alike.
std::vector<std::string> read_kinds(const Config& config, uint32_t layers) {
  std::vector<std::string> kinds = config.texts("attention_layers");
  if (config.has("attention_types")) {
    const std::vector<std::string> types = expand(config.at("attention_types"), layers);
    if (kinds.empty()) kinds = types;
    if (kinds != types) {
      fail("{}: the config's attention_types and attention_layers differ; take one of them out",
           config.path());
    }
  }
  if (kinds.size() != layers) {
    fail(
        "{}: the config's attention_types and attention_layers are about {} layers, num_layers is "
        "{}",
        config.path(), kinds.size(), layers);
  }
  return kinds;
}

TransformerSpec describe_neo(const Config& config, const Checkpoint& checkpoint) {
  GptForm form;
  form.width = "hidden_size";
  form.layers = "num_layers";
  form.heads = "num_heads";
  form.ffn_width = "intermediate_size";
  form.positions = "max_position_embeddings";
  form.query = "attn.attention.q_proj";
  form.key = "attn.attention.k_proj";
  form.value = "attn.attention.v_proj";
  form.output = "attn.attention.out_proj";
  form.up = "mlp.c_fc";
  form.down = "mlp.c_proj";
  form.output_bias = Bias::kRequired;
  form.tied = true;
  TransformerSpec spec = describe_gpt(config, form);
  LayersSpec& layers = spec.decoder->layers;
  attention_of(spec).scale = 1;
  const uint32_t window = config.count("window_size", 256);
  const LayerSpec layer = layers.pattern[0];
  // A config that says more layers than there can be is refused when they are looked for.
  if (layers.count <= checkpoint.tensors.size()) {
    layers.pattern.clear();
    for (const std::string& kind : read_kinds(config, layers.count)) {
      layers.pattern.push_back(layer);
      if (kind != "local" && kind != "global") {
        fail("{}: the config's attention_layers name '{}'; global and local can be converted",
             config.path(), kind);
      }
      std::get<AttentionSpec>(layers.pattern.back()[0].part).window = kind == "local" ? window : 0;
    }
  }
  spec.decoder->embedding.positions = {PositionsSpec::kLearned, "transformer.wpe.weight"};
  layers.ignored = {"attn.attention.bias", "attn.attention.masked_bias"};
  return spec;
}

GptForm opt_form(const Config& config) {
  GptForm form;
  form.width = "hidden_size";
  form.layers = "num_hidden_layers";
  form.heads = "num_attention_heads";
  form.ffn_width = "ffn_dim";
  form.positions = "max_position_embeddings";
  form.epsilon = nullptr;
  form.base = "model.";
  form.embedding = "model.decoder.embed_tokens";
  form.prefix = "model.decoder.layers.";
  form.last_norm = "model.decoder.final_layer_norm";
  form.attention_norm = "self_attn_layer_norm";
  form.ffn_norm = "final_layer_norm";
  form.query = "self_attn.q_proj";
  form.key = "self_attn.k_proj";
  form.value = "self_attn.v_proj";
  form.output = "self_attn.out_proj";
  form.up = "fc1";
  form.down = "fc2";
  form.qkv = form.output_bias = form.ffn =
      config.flag("enable_bias", true) ? Bias::kRequired : Bias::kNone;
  form.tied = true;
  return form;
}

TransformerSpec describe_opt(const Config& config, const Checkpoint&) {
  TransformerSpec spec = describe_gpt(config, opt_form(config));
  TowerSpec& tower = *spec.decoder;
  EmbeddingSpec& e = tower.embedding;
  spec.norm.before = config.flag("do_layer_norm_before", true);
  spec.norm.plain = !config.flag("layer_norm_elementwise_affine", true);
  const bool last = !config.flag("_remove_final_layer_norm", false);
  if (!spec.norm.before || !last) tower.norm = "";
  e.positions = {PositionsSpec::kLearned, "model.decoder.embed_positions.weight"};
  e.positions.first = 2;
  e.positions.rows = tower.tokens + e.positions.first;
  e.width = config.count("word_embed_proj_dim", spec.width);
  if (e.width != spec.width) {
    e.project = {"model.decoder.project_in", {}, Bias::kNone};
    e.project_first = true;
    tower.project = {"model.decoder.project_out", {}, Bias::kNone};
    tower.project_width = e.width;
  }
  return spec;
}

}  // namespace

const Family kGptNeo = {
    .model_type = "gpt_neo",
    .name = "gpt_neo",
    .architectures = {"GPTNeoForCausalLM", "GPTNeoModel", "GPTNeoForSequenceClassification",
                      "GPTNeoForTokenClassification", "GPTNeoForQuestionAnswering"},
    .describe = describe_neo,
    .tokens = {{"bos_token_id", 50256}, {"eos_token_id", 50256}},
};

const Family kOpt = {
    .model_type = "opt",
    .name = "opt",
    .architectures = {"OPTForCausalLM", "OPTModel", "OPTForSequenceClassification",
                      "OPTForQuestionAnswering"},
    .describe = describe_opt,
    .tokens = {{"bos_token_id", 2}, {"eos_token_id", 2}},
};

}  // namespace fovea::tools
