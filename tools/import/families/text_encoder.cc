#include "tools/import/families/text_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "tools/checkpoint/json.h"
#include "tools/common/error.h"

namespace fovea::tools {
namespace {

void check_absolute(const Config& config) {
  config.choice("position_embedding_type", "absolute", {"absolute"});
}

}  // namespace

const TextLayer kBertLayer = {.query = "attention.self.query",
                              .key = "attention.self.key",
                              .value = "attention.self.value",
                              .output = "attention.output.dense",
                              .attention_norm = "attention.output.LayerNorm",
                              .up = "intermediate.dense",
                              .down = "output.dense",
                              .ffn_norm = "output.LayerNorm"};

// "id2label": {"0": "negative", ...}. Transformers does not write the names that it gives by
// itself.
std::vector<std::string> read_labels(const Config& config) {
  constexpr uint32_t kMost = 1 << 16;  // a config may say billions; the head's tensor has fewer
  if (!config.has("id2label")) {
    std::vector<std::string> labels(std::min(config.count("num_labels", 2), kMost));
    for (size_t i = 0; i < labels.size(); ++i) labels[i] = fmt::format("LABEL_{}", i);
    return labels;
  }
  const nlohmann::json& names = config.at("id2label");
  if (!names.is_object()) {
    fail("{}: the config says id2label is {}; it must be an object", config.path(),
         show_json(names));
  }
  std::vector<std::string> labels(names.size());
  for (const auto& [key, name] : names.items()) {
    size_t id = labels.size();
    const auto read = std::from_chars(key.data(), key.data() + key.size(), id);
    if (read.ec != std::errc() || id >= labels.size() || !name.is_string()) {
      fail("{}: the config's id2label gives {} to '{}'; labels must be texts of 0 to {}",
           config.path(), show_json(name), key, labels.size() - 1);
    }
    labels[id] = name;
  }
  return labels;
}

schema::LabelFunction label_function(const Config& config, TextHead head, size_t labels) {
  const std::string type = config.choice(
      "problem_type", "",
      {"", "single_label_classification", "multi_label_classification", "regression"});
  if (head == TextHead::kTokens) return schema::LabelFunction::Softmax;
  if (type == "regression") return schema::LabelFunction::Identity;
  return type == "multi_label_classification" || labels == 1 ? schema::LabelFunction::Sigmoid
                                                             : schema::LabelFunction::Softmax;
}

TextHead text_head(const Config& config) {
  const std::vector<std::string> names = config.texts("architectures");
  constexpr std::pair<const char*, TextHead> kEnds[] = {
      {"ForMaskedLM", TextHead::kMasked},
      {"ForPreTraining", TextHead::kMasked},
      {"ForSequenceClassification", TextHead::kSequence},
      {"ForTokenClassification", TextHead::kTokens},
      {"ForQuestionAnswering", TextHead::kQuestion}};
  for (const auto& [end, head] : kEnds) {
    if (!names.empty() && names[0].ends_with(end)) return head;
  }
  return TextHead::kNone;
}

void add_text_outputs(const Config& config, const TextHeads& heads, TransformerSpec& spec) {
  TowerSpec& tower = *spec.encoder;
  const TextHead head = text_head(config);
  const bool tied = config.flag("tie_word_embeddings", true);  // written for all heads
  tower.outputs.push_back({"hidden"});
  const bool uses_pooled = head == TextHead::kSequence && heads.sequence_from_pooled;
  if (!heads.pooled.empty()) {
    tower.outputs.push_back({"pooled", heads.pooled, {}, /*optional=*/!uses_pooled});
  }
  OutputSpec logits = {"logits"};
  const StepSpec classifier = {StepSpec::kLinear, "classifier"};
  switch (head) {
    case TextHead::kNone:
      return;
    case TextHead::kMasked:
      logits.steps = heads.masked;
      logits.steps.push_back({StepSpec::kHead});
      tower.head.linear = heads.words;
      tower.head.bias = heads.words_bias;
      tower.head.outputs = tower.embedding.rows;
      tower.head.tie = tied ? HeadSpec::kUnlessStored : HeadSpec::kApart;
      break;
    case TextHead::kSequence:
      logits.steps = heads.sequence;
      if (heads.sequence_from_pooled) logits.from = "pooled";
      break;
    case TextHead::kTokens:
      logits.steps = heads.tokens.empty() ? std::vector{classifier} : heads.tokens;
      break;
    case TextHead::kQuestion:
      logits.steps = heads.answers;
      if (logits.steps.empty()) logits.steps = {{StepSpec::kLinear, "qa_outputs"}};
      break;
  }
  tower.outputs.push_back(logits);
  if (head == TextHead::kSequence || head == TextHead::kTokens) {
    spec.labels = read_labels(config);
    spec.label_function = label_function(config, head, spec.labels.size());
  }
}

TransformerSpec describe_embeddings(const Config& config, const BertForm& form) {
  TransformerSpec spec;
  TowerSpec& tower = spec.encoder.emplace();
  EmbeddingSpec& e = tower.embedding;
  const std::string embeddings = form.base + "embeddings.";
  spec.base = form.base;
  spec.width = config.count("hidden_size");
  spec.norm = {.epsilon = static_cast<float>(config.number("layer_norm_eps", 1e-12)),
               .before = false};
  e = {.input = "tokens",
       .name = embeddings + "word_embeddings",
       .rows = config.count("vocab_size"),
       .positions = {PositionsSpec::kLearned, embeddings + "position_embeddings.weight"},
       .norm = embeddings + "LayerNorm"};
  e.positions.rows = config.count("max_position_embeddings", 512);
  tower.dim = "tokens";
  tower.tokens = e.positions.rows;
  if (form.after_padding) {
    const int32_t padding = config.has("pad_token_id") ? config.token("pad_token_id") : 1;
    e.positions.first = static_cast<uint32_t>(padding + 1);
    if (e.positions.first >= e.positions.rows) {
      fail("{}: the config's positions count from pad_token_id + 1, which leaves none of {}",
           config.path(), e.positions.rows);
    }
    tower.tokens -= e.positions.first;
  }
  check_absolute(config);
  spec.ignored = {embeddings + "position_ids", "embeddings.position_ids",
                  embeddings + "token_type_ids", "embeddings.token_type_ids"};
  return spec;
}

LayerSpec text_layer(const Config& config, const TextLayer& names) {
  const auto linear = [](const char* name) { return LinearSpec{name, {}, Bias::kRequired}; };
  AttentionSpec self = {.query = linear(names.query),
                        .key = linear(names.key),
                        .value = linear(names.value),
                        .output = linear(names.output)};
  self.heads.count = self.heads.kv_count = config.count("num_attention_heads");
  self.heads.key_width = self.heads.value_width =
      config.divided("hidden_size", "num_attention_heads");
  FeedForwardSpec ffn = {.up = linear(names.up), .down = linear(names.down)};
  ffn.width = config.count("intermediate_size");
  ffn.activation = config.function("hidden_act");
  return {{names.attention_norm, self}, {names.ffn_norm, ffn}};
}

}  // namespace fovea::tools
