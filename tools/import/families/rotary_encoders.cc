// Text encoders that turn queries and keys: ModernBERT (Warner et al. 2024), two of three layers of
// which look as far as a window, and nomic-embed (Nussbaum et al. 2024) as transformers 5 saves it.

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

LayerSpec nomic_layer(const Config& config) {
  AttentionSpec self = read_attention(config);
  fuse_rows(self, "attn.Wqkv", Bias::kNone);
  self.output = {"attn.out_proj", {}, Bias::kNone};
  FeedForwardSpec ffn = {.gate = {"mlp.fc12", {}, Bias::kNone},
                         .up = {"mlp.fc11", {}, Bias::kNone},
                         .down = {"mlp.fc2", {}, Bias::kNone},
                         .activation = config.function("hidden_act"),
                         .width = config.count("intermediate_size")};
  return {{"norm1", self}, {"norm2", ffn}};
}

TransformerSpec describe_nomic(const Config& config, const Checkpoint&) {
  const std::string base = "nomic_bert.";
  TransformerSpec spec = describe_encoder(config, base.c_str(), "layer_norm_eps", 1e-12);
  TowerSpec& tower = *spec.encoder;
  spec.norm.before = false;
  tower.embedding.name = base + "embeddings.word_embeddings";
  tower.embedding.types = base + "embeddings.token_type_embeddings";
  tower.embedding.type_rows = config.count("type_vocab_size", 2);
  tower.embedding.norm = base + "emb_ln";
  tower.layers = {base + "encoder.layers.",
                  config.count("num_hidden_layers"),
                  "num_hidden_layers",
                  {nomic_layer(config)}};
  const uint32_t width = config.divided("hidden_size", "num_attention_heads");
  if (config.count("head_dim", width) != width) {
    fail("{}: the config says head_dim is {}; heads of {} elements can be converted", config.path(),
         config.count("head_dim"), width);
  }
  spec.rotaries = {
      {read_rotary(config, {.head_width = width, .positions = tower.tokens, .theta = 1000})}};
  const std::string head = "cls.predictions.";
  add_text_outputs(config,
                   {.pooled = {{Step::kFirst},
                               {Step::kLinear, base + "pooler.dense"},
                               {Step::kActivation, {}, Bias::kNone, schema::Function::Tanh}},
                    .masked = {{Step::kLinear, head + "transform.dense"},
                               {Step::kActivation, {}, Bias::kNone, config.function("hidden_act")},
                               {Step::kNorm, head + "transform.layer_norm"}},
                    .words = {head + "decoder"},
                    .words_bias = head + "bias",
                    .sequence = {{Step::kLinear, "classifier"}},
                    .sequence_from_pooled = true},
                   spec);
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

const Family kNomicBert = {
    .model_type = "nomic_bert",
    .name = "nomic_bert",
    .architectures = {"NomicBertModel", "NomicBertForMaskedLM",
                      "NomicBertForSequenceClassification", "NomicBertForTokenClassification"},
    .describe = describe_nomic,
};

}  // namespace fovea::tools
