#include "tools/import/families/seq2seq_layout.h"

#include <cmath>

#include "tools/common/error.h"

namespace fovea::tools {
namespace {

LinearSpec seq2seq_linear(const std::string& name, Bias bias = Bias::kRequired) {
  return {name, {}, bias};
}

AttentionSpec read_attention(const Config& config, const std::string& name, Sight sight,
                             const std::string& heads_key, Bias key_bias) {
  AttentionSpec attention = {.sight = sight,
                             .query = seq2seq_linear(name + ".q_proj"),
                             .key = seq2seq_linear(name + ".k_proj", key_bias),
                             .value = seq2seq_linear(name + ".v_proj"),
                             .output = seq2seq_linear(name + ".out_proj")};
  Heads& heads = attention.heads;
  heads.count = heads.kv_count = config.count(heads_key.c_str());
  heads.key_width = heads.value_width = config.divided("d_model", heads_key.c_str());
  return attention;
}

bool has(const Checkpoint& checkpoint, const std::string& name) {
  const std::string base = "model.";
  const auto stored = [&](const std::string& n) { return checkpoint.tensors.contains(n); };
  return stored(name + ".weight") ||
         (name.starts_with(base) && stored(name.substr(base.size()) + ".weight"));
}

// One matrix may be stored under the name of any of its uses; others are copies.
std::string shared_embedding(const Checkpoint& checkpoint, TransformerSpec& spec) {
  const std::string names[] = {"model.shared", "model.encoder.embed_tokens",
                               "model.decoder.embed_tokens", "lm_head"};
  std::string found;
  for (const std::string& name : names) {
    if (found.empty() && has(checkpoint, name)) found = name;
  }
  if (found.empty()) return names[0];
  for (const char* name : {"model.encoder.embed_tokens", "model.decoder.embed_tokens"}) {
    if (name != found) spec.copies.emplace_back(name + std::string(".weight"), found + ".weight");
  }
  return found;
}

// What older releases wrote of what is the family's own.
void expect_form(const Config& config, const Seq2SeqForm& form) {
  config.expect("normalize_before", form.before);
  config.expect("add_final_layer_norm", form.before);
  config.expect("normalize_embedding", form.norm_embedding);
  config.expect("static_position_embeddings", form.positions.kind != PositionsSpec::kLearned);
  config.expect("add_bias_logits", false);
  config.expect("is_decoder", false);
  config.skip({"_num_labels", "classif_dropout", "extra_pos_embeddings",
               "force_bos_token_to_be_generated", "is_encoder_decoder", "output_past",
               "save_step"});
}

TowerSpec read_seq2seq_tower(const Config& config, const std::string& side,
                             const Seq2SeqForm& form) {
  TowerSpec tower;
  const std::string prefix = "model." + side + ".";
  EmbeddingSpec& e = tower.embedding;
  e.rows = config.count("vocab_size");
  if (config.flag("scale_embedding", form.scales)) {
    e.scale = static_cast<float>(std::sqrt(static_cast<double>(config.count("d_model"))));
  }
  tower.tokens = config.count("max_position_embeddings", 1024);
  e.positions = form.positions;
  e.positions.tensor = prefix + "embed_positions.weight";
  if (form.positions.kind == PositionsSpec::kLearned) {
    e.positions.rows = tower.tokens + e.positions.first;
  }
  if (form.norm_embedding) e.norm = prefix + "layernorm_embedding";
  tower.layers.prefix = prefix + "layers.";
  tower.layers.key = side == "encoder" ? "encoder_layers" : "decoder_layers";
  tower.layers.count = config.count(tower.layers.key);
  tower.layers.pattern = {seq2seq_layer(config, side, form)};
  if (form.before) tower.norm = prefix + "layer_norm";
  return tower;
}

void read_embeddings(const Config& config, const Checkpoint& checkpoint, TransformerSpec& spec) {
  EmbeddingSpec& source = spec.encoder->embedding;
  EmbeddingSpec& target = spec.decoder->embedding;
  if (config.flag("share_encoder_decoder_embeddings", true)) {
    source.name = target.name = shared_embedding(checkpoint, spec);
    if (config.has("decoder_vocab_size") && config.count("decoder_vocab_size") != target.rows) {
      fail("{}: the config says decoder_vocab_size is {} and vocab_size {}, and that they are one",
           config.path(), config.count("decoder_vocab_size"), target.rows);
    }
    return;
  }
  source.name = "model.encoder.embed_tokens";
  target.name = "model.decoder.embed_tokens";
  target.rows = config.count("decoder_vocab_size", target.rows);
}

void read_head(const Config& config, const Checkpoint& checkpoint, TransformerSpec& spec) {
  const std::vector<std::string> names = config.texts("architectures");
  TowerSpec& decoder = *spec.decoder;
  const bool tied = config.flag("tie_word_embeddings", true);
  if (!names.empty() && names[0].ends_with("Model") && !names[0].ends_with("MTModel")) {
    decoder.head.optional = true;
    return;
  }
  decoder.head.linear = seq2seq_linear("lm_head", Bias::kNone);
  decoder.head.outputs = decoder.embedding.rows;
  decoder.head.tie = tied ? HeadSpec::kUnlessStored : HeadSpec::kApart;
  if (checkpoint.tensors.contains("final_logits_bias")) {
    decoder.head.linear.own_bias = "final_logits_bias";
  }
}

}  // namespace

void expect_layers_alike(const Config& config) {
  const uint32_t layers = config.count("encoder_layers");
  if (config.count("num_hidden_layers", layers) == layers) return;
  fail("{}: the config says encoder_layers is {} and num_hidden_layers, which is the same, {}",
       config.path(), layers, config.count("num_hidden_layers"));
}

LayerSpec seq2seq_layer(const Config& config, const std::string& side, const Seq2SeqForm& form,
                        Bias key_bias) {
  const bool decodes = side == "decoder";
  const std::string heads = side + "_attention_heads";
  LayerSpec layer = {
      {"self_attn_layer_norm",
       read_attention(config, "self_attn", decodes ? Sight::kPast : Sight::kRun, heads, key_bias)}};
  if (decodes) {
    layer.push_back({"encoder_attn_layer_norm",
                     read_attention(config, "encoder_attn", Sight::kEncoder, heads, key_bias)});
  }
  FeedForwardSpec ffn = {.up = seq2seq_linear("fc1"), .down = seq2seq_linear("fc2")};
  ffn.width = config.count((side + "_ffn_dim").c_str());
  ffn.activation = config.has("activation_function")
                       ? config.function("activation_function")
                       : (std::string(form.activation) == "relu" ? schema::Function::Relu
                                                                 : schema::Function::GeluErf);
  layer.push_back({"final_layer_norm", ffn});
  return layer;
}

TransformerSpec describe_seq2seq(const Config& config, const Checkpoint& checkpoint,
                                 const Seq2SeqForm& form) {
  TransformerSpec spec;
  spec.base = "model.";
  spec.width = config.count("d_model");
  spec.norm = {.epsilon = 1e-5f, .before = form.before};
  TowerSpec& encoder = spec.encoder.emplace(read_seq2seq_tower(config, "encoder", form));
  TowerSpec& decoder = spec.decoder.emplace(read_seq2seq_tower(config, "decoder", form));
  encoder.embedding.input = "source";
  encoder.dim = "source_tokens";
  decoder.embedding.input = decoder.dim = "tokens";
  read_embeddings(config, checkpoint, spec);
  read_head(config, checkpoint, spec);
  // A table that older releases stored, though it was never learned.
  spec.ignored = {"model.encoder.embed_positions.weights", "model.decoder.embed_positions.weights"};
  expect_form(config, form);
  expect_layers_alike(config);
  return spec;
}

}  // namespace fovea::tools
