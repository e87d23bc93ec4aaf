// Text encoders that turn queries and keys: ModernBERT (Warner et al. 2024), two of three layers of
// which look as far as a window, and EuroBERT.

#include <utility>

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/fused.h"
#include "tools/import/families/llama_layout.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

using Step = StepSpec;

AttentionSpec read_attention(const Config& config) {
  AttentionSpec self;
  self.heads.count = self.heads.kv_count = config.count("num_attention_heads");
  self.heads.key_width = self.heads.value_width =
      config.divided("hidden_size", "num_attention_heads");
  self.rotary = 0;
  return self;
}

TransformerSpec describe_encoder(const Config& config, const char* base, const char* epsilon,
                                 double epsilon_otherwise) {
  TransformerSpec spec;
  TowerSpec& tower = spec.encoder.emplace();
  spec.base = base;
  spec.width = config.count("hidden_size");
  spec.norm.epsilon = static_cast<float>(config.number(epsilon, epsilon_otherwise));
  tower.embedding = {.input = "tokens", .rows = config.count("vocab_size")};
  tower.dim = "tokens";
  tower.tokens = config.count("max_position_embeddings");
  tower.usual = 512;
  return spec;
}

LayerSpec modern_layer(const Config& config) {
  AttentionSpec self = read_attention(config);
  const Bias attention = bias_if(config, "attention_bias");
  fuse_rows(self, "attn.Wqkv", attention);
  self.output = {"attn.Wo", {}, attention};
  FeedForwardSpec ffn;
  ffn.width = config.count("intermediate_size");
  ffn.activation = config.function("hidden_activation");
  const Bias bias = bias_if(config, "mlp_bias");
  ffn.gate = {"mlp.Wi", {.rows = 2 * uint64_t{ffn.width}}, bias};
  ffn.up = {"mlp.Wi", {.rows = 2 * uint64_t{ffn.width}, .first = ffn.width}, bias};
  ffn.down = {"mlp.Wo", {}, bias};
  return {{"attn_norm", self}, {"mlp_norm", ffn}};
}

// The first layer takes what the embedding's norm made; every third sees all tokens.
void add_modern_layers(const Config& config, const Checkpoint& checkpoint, TowerSpec& tower) {
  tower.layers = {"model.layers.", config.count("num_hidden_layers"), "num_hidden_layers", {}};
  const LayerSpec layer = modern_layer(config);
  const uint32_t every = config.count("global_attn_every_n_layers", 3);
  const uint32_t window = config.count("local_attention", 128) / 2 + 1;
  const std::vector<bool> slides =
      sliding_layers(config, checkpoint, [&](size_t i) { return i % every != 0; });
  for (const bool here : slides) {
    const bool first = tower.layers.pattern.empty();
    LayerSpec& made = tower.layers.pattern.emplace_back(layer);
    auto& self = std::get<AttentionSpec>(made[0].part);
    if (first) made[0].norm = "";
    if (here) {
      self.window = window;
      self.rotary = 1;
    }
  }
}

void add_modern_rotaries(const Config& config, TransformerSpec& spec) {
  RotaryPlace place = {.head_width = config.divided("hidden_size", "num_attention_heads"),
                       .positions = spec.encoder->tokens,
                       .layer_type = "full_attention",
                       .theta = 160000};
  spec.rotaries.push_back({read_layer_rotary(config, place, "global_rope_theta")});
  place.layer_type = "sliding_attention";
  place.theta = 10000;
  spec.rotaries.push_back({read_layer_rotary(config, place, "local_rope_theta")});
}

TransformerSpec describe_modern(const Config& config, const Checkpoint& checkpoint) {
  TransformerSpec spec = describe_encoder(config, "model.", "norm_eps", 1e-5);
  TowerSpec& tower = *spec.encoder;
  spec.norm.bias = config.flag("norm_bias", false);
  tower.embedding.name = "model.embeddings.tok_embeddings";
  tower.embedding.norm = "model.embeddings.norm";
  add_modern_layers(config, checkpoint, tower);
  add_modern_rotaries(config, spec);
  tower.norm = "model.final_norm";
  const Step dense = {Step::kLinear, "head.dense", bias_if(config, "classifier_bias")};
  const Step activation = {
      Step::kActivation, {}, Bias::kNone, config.function("classifier_activation")};
  const bool mean = config.choice("classifier_pooling", "cls", {"cls", "mean"}) == "mean";
  const Bias words = config.flag("decoder_bias", true) ? Bias::kRequired : Bias::kNone;
  const Step norm = {Step::kNorm, "head.norm"};
  add_text_outputs(config,
                   {.masked = {dense, activation, norm},
                    .words = {"decoder", {}, words},
                    .sequence = {{mean ? Step::kMean : Step::kFirst},
                                 dense,
                                 activation,
                                 norm,
                                 {Step::kLinear, "classifier"}},
                    .tokens = {dense, activation, norm, {Step::kLinear, "classifier"}},
                    .answers = {dense, activation, norm, {Step::kLinear, "classifier"}}},
                   spec);
  // Of training and of programs; positions are those of rotation whatever is said of them.
  config.skip({"deterministic_flash_attn", "initializer_cutoff_factor", "layer_norm_eps",
               "mlp_dropout", "position_embedding_type", "reference_compile",
               "repad_logits_with_grad", "sparse_pred_ignore_index", "sparse_prediction"});
  return spec;
}

// EuroBERT (Boizard et al. 2025): a Llama whose tokens see each other both ways.
TransformerSpec describe_euro(const Config& config, const Checkpoint& checkpoint) {
  LlamaForm form;
  form.norm.epsilon = 1e-5f;
  form.qkv = form.output = bias_if(config, "attention_bias");
  form.ffn = bias_if(config, "mlp_bias");
  TransformerSpec spec = describe_llama(config, checkpoint, form);
  for_attentions(spec, [](AttentionSpec& self, size_t) { self.sight = Sight::kRun; });
  spec.encoder = std::exchange(spec.decoder, std::nullopt);
  TowerSpec& tower = *spec.encoder;
  tower.usual = 512;
  tower.head = {};
  const std::string pooling = config.choice("classifier_pooling", "late", {"bos", "mean", "late"});
  std::vector<Step> sequence = {{Step::kLinear, "dense"},
                                {Step::kActivation, {}, Bias::kNone, schema::Function::GeluErf},
                                {Step::kLinear, "classifier"}};
  const Step pool = {pooling == "bos" ? Step::kFirst : Step::kMean};
  sequence.insert(pooling == "late" ? sequence.end() : sequence.begin(), pool);
  add_text_outputs(config, {.words = {"lm_head", {}, form.ffn}, .sequence = sequence}, spec);
  if (!config.flag("tie_word_embeddings", false)) tower.head.tie = HeadSpec::kApart;
  return spec;
}

}  // namespace

const Family kModernBert = {
    .model_type = "modernbert",
    .name = "modernbert",
    .architectures = {"ModernBertModel", "ModernBertForMaskedLM",
                      "ModernBertForSequenceClassification", "ModernBertForTokenClassification",
                      "ModernBertForQuestionAnswering"},
    .describe = describe_modern,
};

const Family kEuroBert = {
    .model_type = "eurobert",
    .name = "eurobert",
    .architectures = {"EuroBertModel", "EuroBertForMaskedLM", "EuroBertForSequenceClassification",
                      "EuroBertForTokenClassification"},
    .describe = describe_euro,
};

}  // namespace fovea::tools
