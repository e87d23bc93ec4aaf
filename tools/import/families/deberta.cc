// DeBERTa (He et al. 2021): BERT's layers with scores that also depend on where a key is from its
// query, by content of the one and position of the other. Version 2 has buckets of distances, a
// norm of their table and a convolution beside the first layer, and makes queries and keys apart.

#include <fmt/format.h>

#include <cmath>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"
#include "tools/import/families.h"
#include "tools/import/families/fused.h"
#include "tools/import/families/text_encoder.h"

namespace fovea::tools {
namespace {

using schema::Function;
using Step = StepSpec;

const std::string kDebertaBase = "deberta.";
constexpr uint32_t kUnbounded = 1 << 20;  // tokens, where only distances have positions

Function function_or(const Config& config, const char* key, Function otherwise) {
  return config.has(key) ? config.function(key) : otherwise;
}

// A count, or 0 where the config says 0 or less, or nothing.
uint32_t count_or_none(const Config& config, const char* key) {
  return config.number(key, 0) <= 0 ? 0 : config.count(key);
}

// The parts of "a|b", or a list's, in small letters.
std::vector<std::string> words(const Config& config, const char* key) {
  if (!config.has(key)) return {};
  if (!config.at(key).is_string()) return config.texts(key);
  std::vector<std::string> parts(1);
  for (const char c : config.text(key)) {
    if (c == '|') {
      parts.emplace_back();
    } else if (c != ' ') {
      parts.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c;
    }
  }
  return parts;
}

// Which of the two there are.
struct PositionTypes {
  bool to_position = false, to_content = false;
  double count() const { return (to_position ? 1 : 0) + (to_content ? 1 : 0); }
};

PositionTypes read_types(const Config& config) {
  PositionTypes types;
  for (const std::string& word : words(config, "pos_att_type")) {
    bool& type = word == "c2p" ? types.to_position : types.to_content;
    if ((word != "c2p" && word != "p2c") || type) {
      fail("{}: the config says pos_att_type is {}; it must name c2p, p2c or both", config.path(),
           show_json(config.at("pos_att_type")));
    }
    type = true;
  }
  return types;
}

bool has_positions(const Config& config) {
  return config.flag("position_biased_input", true);
}

EmbeddingSpec read_embedding(const Config& config, uint32_t width) {
  const std::string embeddings = kDebertaBase + "embeddings.";
  EmbeddingSpec e = {.input = "tokens",
                     .name = embeddings + "word_embeddings",
                     .rows = config.count("vocab_size"),
                     .width = config.count("embedding_size", width),
                     .norm = embeddings + "LayerNorm",
                     .norm_last = true};
  if (has_positions(config)) {
    e.positions = {PositionsSpec::kLearned, embeddings + "position_embeddings.weight"};
    e.positions.rows = config.count("max_position_embeddings", 512);
  }
  if (e.width != width) e.project = {embeddings + "embed_proj", {}, Bias::kNone};
  e.type_rows = count_or_none(config, "type_vocab_size");
  if (e.type_rows > 0) e.types = embeddings + "token_type_embeddings";
  return e;
}

// What both versions say of distances. Their queries and keys are missing.
RelativeSpec read_relative(const Config& config) {
  RelativeSpec relative;
  relative.table = kDebertaBase + "encoder.rel_embeddings";
  const uint32_t positions = config.count("max_position_embeddings", 512);
  relative.span = count_or_none(config, "max_relative_positions");
  if (relative.span == 0) relative.span = positions;
  if (has_positions(config)) relative.positions = positions;
  return relative;
}

TransformerSpec describe_deberta(const Config& config, LayerSpec layer) {
  TransformerSpec spec;
  TowerSpec& tower = spec.encoder.emplace();
  spec.base = kDebertaBase;
  spec.width = config.count("hidden_size");
  spec.norm = {.epsilon = static_cast<float>(config.number("layer_norm_eps", 1e-7)),
               .before = false};
  tower.embedding = read_embedding(config, spec.width);
  tower.dim = "tokens";
  const uint32_t positions = config.count("max_position_embeddings", 512);
  tower.tokens = has_positions(config) ? positions : kUnbounded;
  tower.usual = positions;
  tower.layers = {kDebertaBase + "encoder.layer.",
                  config.count("num_hidden_layers"),
                  "num_hidden_layers",
                  {std::move(layer)}};
  spec.ignored = {kDebertaBase + "embeddings.position_ids"};
  // Versions of the hub keep positions that nothing adds.
  if (!has_positions(config))
    spec.ignored.push_back(kDebertaBase + "embeddings.position_embeddings.");
  config.skip({"cls_dropout", "padding_idx", "pooler_dropout"});
  return spec;
}

// Tensors of heads that the class leaves aside: of pretraining.
void ignore_heads(TransformerSpec& spec, TextHead head) {
  spec.ignored.push_back("mask_predictions.");
  if (head == TextHead::kMasked) return;
  spec.ignored.insert(spec.ignored.end(), {"lm_predictions.", "cls.predictions."});
}

void add_heads(const Config& config, TransformerSpec& spec) {
  const bool legacy = config.flag("legacy", true);
  const std::string head = legacy ? "cls.predictions." : "lm_predictions.lm_head.";
  const std::string inner = legacy ? head + "transform." : head;
  const auto linear = [](const std::string& name) { return Step{Step::kLinear, name}; };
  const auto activation = [](Function f) { return Step{Step::kActivation, {}, Bias::kNone, f}; };
  const Function pooler = function_or(config, "pooler_hidden_act", Function::GeluErf);
  if (config.count("pooler_hidden_size", spec.width) != spec.width) {
    fail(
        "{}: the config says pooler_hidden_size is {}; a pooler as wide as the layers, {}, can be "
        "converted",
        config.path(), config.count("pooler_hidden_size"), spec.width);
  }
  add_text_outputs(config,
                   {.masked = {linear(inner + "dense"),
                               activation(config.function("hidden_act")),
                               {Step::kNorm, inner + "LayerNorm"}},
                    .words = {legacy ? head + "decoder" : "lm_predictions.lm_head"},
                    .words_bias = head + "bias",
                    .sequence = {{Step::kFirst},
                                 linear("pooler.dense"),
                                 activation(pooler),
                                 linear("classifier")}},
                   spec);
  const TextHead kind = text_head(config);
  if (kind == TextHead::kMasked && !legacy) spec.encoder->head.tie = HeadSpec::kTied;
  ignore_heads(spec, kind);
}

// Of scores: the square root of a head's width for each of their parts.
void scale_scores(const PositionTypes& types, AttentionSpec& self) {
  self.scale = 1 / std::sqrt(self.heads.key_width * (1 + types.count()));
}

constexpr TextLayer kLayer = {.query = "attention.self.query_proj",
                              .key = "attention.self.key_proj",
                              .value = "attention.self.value_proj",
                              .output = "attention.output.dense",
                              .attention_norm = "attention.output.LayerNorm",
                              .up = "intermediate.dense",
                              .down = "output.dense",
                              .ffn_norm = "output.LayerNorm"};

TransformerSpec describe_deberta(const Config& config, const Checkpoint&) {
  const PositionTypes types = read_types(config);
  LayerSpec layer = text_layer(config, kLayer);
  auto& self = std::get<AttentionSpec>(layer[0].part);
  config.expect("talking_head", false);
  // By head the rows of the query, of the key and of the value; keys have no bias.
  fuse_groups(self, "attention.self.in_proj", Bias::kNone);
  self.query.own_bias = "attention.self.q_bias";
  self.value.own_bias = "attention.self.v_bias";
  scale_scores(types, self);
  if (config.flag("relative_attention", false)) {
    self.relative = read_relative(config);
    if (types.to_position) self.relative.key = {"attention.self.pos_proj", {}, Bias::kNone};
    if (types.to_content) self.relative.query = {"attention.self.pos_q_proj", {}, Bias::kRequired};
  }
  TransformerSpec spec = describe_deberta(config, std::move(layer));
  add_heads(config, spec);
  config.skip({"max_relative_positions"});  // where distances have no part
  return spec;
}

// Buckets and the norm of the table.
void read_table(const Config& config, RelativeSpec& relative) {
  relative.buckets = count_or_none(config, "position_buckets");
  if (relative.buckets > 0) {
    relative.farthest = relative.span;
    relative.span = relative.buckets;
    if (relative.buckets < 4 || relative.farthest - 1 <= relative.buckets / 2) {
      fail(
          "{}: the config says position_buckets is {} and max_relative_positions {}; there must be "
          "4 buckets or more, and half of them fewer than positions",
          config.path(), relative.buckets, relative.farthest);
    }
  }
  for (const std::string& word : words(config, "norm_rel_ebd")) {
    if (word != "layer_norm" && word != "none") {
      fail("{}: the config says norm_rel_ebd is {}; layer_norm or none can be converted",
           config.path(), show_json(config.at("norm_rel_ebd")));
    }
    if (word == "layer_norm") relative.norm = kDebertaBase + "encoder.LayerNorm";
  }
  relative.epsilon = config.number("layer_norm_eps", 1e-7);
}

void read_convolution(const Config& config, ConvolutionSpec& convolution) {
  convolution.taps = count_or_none(config, "conv_kernel_size");
  const uint32_t groups = config.count("conv_groups", 1);
  convolution.activation = function_or(config, "conv_act", Function::Tanh);
  if (convolution.taps == 0) return;
  if (groups != 1 || convolution.taps % 2 == 0) {
    fail(
        "{}: the config says conv_kernel_size is {} and conv_groups {}; an odd size and one group "
        "can be converted",
        config.path(), convolution.taps, groups);
  }
  convolution.name = kDebertaBase + "encoder.conv.conv";
  convolution.norm = kDebertaBase + "encoder.conv.LayerNorm";
}

TransformerSpec describe_deberta_v2(const Config& config, const Checkpoint&) {
  const PositionTypes types = read_types(config);
  LayerSpec layer = text_layer(config, kLayer);
  auto& self = std::get<AttentionSpec>(layer[0].part);
  if (config.count("attention_head_size", self.heads.key_width) != self.heads.key_width) {
    fail("{}: the config says attention_head_size is {}; heads of {} elements can be converted",
         config.path(), config.count("attention_head_size"), self.heads.key_width);
  }
  scale_scores(types, self);
  const bool shared = config.flag("share_att_key", false);
  const bool related = config.flag("relative_attention", false);
  if (related) {
    self.relative = read_relative(config);
    read_table(config, self.relative);
    const auto linear = [&](const char* own, const char* common) {
      return LinearSpec{
          std::string("attention.self.") + (shared ? common : own), {}, Bias::kRequired};
    };
    if (types.to_position) self.relative.key = linear("pos_key_proj", "key_proj");
    if (types.to_content) self.relative.query = linear("pos_query_proj", "query_proj");
  }
  TransformerSpec spec = describe_deberta(config, std::move(layer));
  read_convolution(config, spec.encoder->convolution);
  add_heads(config, spec);
  if (!related) {
    config.skip({"max_relative_positions", "norm_rel_ebd", "position_buckets"});
    spec.ignored.push_back(kDebertaBase + "encoder.LayerNorm.");  // of a table that is not there
  }
  return spec;
}

}  // namespace

const Family kDeberta = {
    .model_type = "deberta",
    .name = "deberta",
    .architectures = {"DebertaModel", "DebertaForMaskedLM", "DebertaForSequenceClassification",
                      "DebertaForTokenClassification", "DebertaForQuestionAnswering"},
    .describe = describe_deberta,
};

const Family kDebertaV2 = {
    .model_type = "deberta-v2",
    .name = "deberta-v2",
    .architectures = {"DebertaV2Model", "DebertaV2ForMaskedLM",
                      "DebertaV2ForSequenceClassification", "DebertaV2ForTokenClassification",
                      "DebertaV2ForQuestionAnswering"},
    .describe = describe_deberta_v2,
};

}  // namespace fovea::tools
