// nomic-embed (Nussbaum et al. 2024), a BERT whose queries and keys turn: as transformers 5 saves
// it, and as the hub has it, whose config has GPT-2's words.

#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/fused.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

using schema::Function;
using Step = StepSpec;

// What the two configs say in words of their own.
struct Nomic {
  std::string base = "nomic_bert.";
  uint32_t width = 0, layers = 0, heads = 0, ffn_width = 0, positions = 0;
  float epsilon = 0;
  Bias attention = Bias::kNone, up = Bias::kNone, down = Bias::kNone;
  Function function = Function::Silu;
  Rotary rotary = {};
};

Bias bias_unless(const Config& config, const char* key) {
  return config.flag(key, true) ? Bias::kRequired : Bias::kNone;
}

// What its authors' own program can do otherwise.
void expect_usual_nomic(const Config& config) {
  for (const char* key : {"causal", "parallel_block", "parallel_block_tied_norm", "prenorm",
                          "reorder_and_upcast_attn", "rotary_emb_interleaved",
                          "scale_attn_by_inverse_layer_idx", "use_rms_norm"}) {
    config.expect(key, false);
  }
  config.expect("scale_attn_weights", true);
  for (const char* key : {"rotary_emb_scale_base", "rotary_scaling_factor"}) {
    if (!config.has(key)) continue;
    fail("{}: the config says {} is {}; a rotary embedding that is scaled so cannot be converted",
         config.path(), key, config.number(key));
  }
  // How its programs compute the same, and to what its vocabulary was padded.
  config.skip({"dense_seq_output", "fused_bias_fc", "fused_dropout_add_ln", "max_trained_positions",
               "pad_vocab_size_multiple", "use_flash_attn", "use_xentropy"});
}

Nomic read_hub(const Config& config, const Checkpoint& checkpoint) {
  expect_usual_nomic(config);
  Nomic n;
  if (checkpoint.tensors.contains("bert.emb_ln.weight")) n.base = "bert.";
  n.width = config.count("n_embd");
  n.layers = config.count("n_layer");
  n.heads = config.count("n_head");
  n.ffn_width = config.count("n_inner");
  n.positions = config.count("n_positions");
  n.epsilon = static_cast<float>(config.number("layer_norm_epsilon", 1e-5));
  n.attention = bias_unless(config, "qkv_proj_bias");
  n.up = bias_unless(config, "mlp_fc1_bias");
  n.down = bias_unless(config, "mlp_fc2_bias");
  const std::string gate = config.choice("activation_function", "", {"swiglu", "geglu", "glu"});
  n.function = gate == "swiglu"  ? Function::Silu
               : gate == "geglu" ? Function::GeluErf
                                 : Function::Sigmoid;
  const uint32_t head_width = config.divided("n_embd", "n_head");
  const double fraction = config.number("rotary_emb_fraction", 0);
  if (fraction != 1) {
    fail("{}: the config says rotary_emb_fraction is {}; 1 can be converted", config.path(),
         fraction);
  }
  n.rotary.theta = config.positive("rotary_emb_base", 10000);
  n.rotary.width = head_width;
  n.rotary.positions = n.positions;
  return n;
}

Nomic read_saved(const Config& config) {
  Nomic n;
  n.width = config.count("hidden_size");
  n.layers = config.count("num_hidden_layers");
  n.heads = config.count("num_attention_heads");
  n.ffn_width = config.count("intermediate_size");
  n.positions = config.count("max_position_embeddings");
  n.epsilon = static_cast<float>(config.number("layer_norm_eps", 1e-12));
  n.function = config.function("hidden_act");
  const uint32_t width = config.divided("hidden_size", "num_attention_heads");
  if (config.count("head_dim", width) != width) {
    fail("{}: the config says head_dim is {}; heads of {} elements can be converted", config.path(),
         config.count("head_dim"), width);
  }
  n.rotary = read_rotary(config, {.head_width = width, .positions = n.positions, .theta = 1000});
  return n;
}

LayerSpec layer(const Nomic& n) {
  AttentionSpec self;
  self.heads.count = self.heads.kv_count = n.heads;
  self.heads.key_width = self.heads.value_width = n.width / n.heads;
  self.rotary = 0;
  fuse_rows(self, "attn.Wqkv", n.attention);
  self.output = {"attn.out_proj", {}, n.attention};
  FeedForwardSpec ffn = {.gate = {"mlp.fc12", {}, n.up},
                         .up = {"mlp.fc11", {}, n.up},
                         .down = {"mlp.fc2", {}, n.down},
                         .activation = n.function,
                         .width = n.ffn_width};
  return {{"norm1", self}, {"norm2", ffn}};
}

void add_outputs(const Config& config, const Nomic& n, Function masked, TransformerSpec& spec) {
  const std::string head = "cls.predictions.";
  add_text_outputs(config,
                   {.pooled = {{Step::kFirst},
                               {Step::kLinear, n.base + "pooler.dense"},
                               {Step::kActivation, {}, Bias::kNone, Function::Tanh}},
                    .masked = {{Step::kLinear, head + "transform.dense"},
                               {Step::kActivation, {}, Bias::kNone, masked},
                               {Step::kNorm, head + "transform.layer_norm"}},
                    .words = {head + "decoder"},
                    .words_bias = head + "bias",
                    .sequence = {{Step::kLinear, "classifier"}},
                    .sequence_from_pooled = true},
                   spec);
}

TransformerSpec describe_nomic_bert(const Config& config, const Checkpoint& checkpoint) {
  const bool hub = config.has("n_embd");
  const Nomic n = hub ? read_hub(config, checkpoint) : read_saved(config);
  TransformerSpec spec;
  TowerSpec& tower = spec.encoder.emplace();
  spec.base = n.base;
  spec.width = n.width;
  spec.norm = {.epsilon = n.epsilon, .before = false};
  tower.embedding = {.input = "tokens",
                     .name = n.base + "embeddings.word_embeddings",
                     .rows = config.count("vocab_size"),
                     .types = n.base + "embeddings.token_type_embeddings",
                     .type_rows = config.count("type_vocab_size", 2),
                     .norm = n.base + "emb_ln"};
  tower.dim = "tokens";
  tower.tokens = n.positions;
  tower.usual = 512;
  tower.layers = {
      n.base + "encoder.layers.", n.layers, hub ? "n_layer" : "num_hidden_layers", {layer(n)}};
  spec.rotaries = {{n.rotary}};
  add_outputs(config, n, hub ? Function::GeluErf : n.function, spec);
  return spec;
}

}  // namespace

const Family kNomicBert = {
    .model_type = "nomic_bert",
    .name = "nomic_bert",
    .architectures = {"NomicBertModel", "NomicBertForMaskedLM", "NomicBertForPreTraining",
                      "NomicBertForSequenceClassification", "NomicBertForTokenClassification"},
    .describe = describe_nomic_bert,
};

}  // namespace fovea::tools
