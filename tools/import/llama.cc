#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "runtime/layout.h"
#include "tools/common/error.h"
#include "tools/graph/builder.h"
#include "tools/import/config.h"
#include "tools/import/families.h"
#include "tools/import/limits.h"
#include "tools/import/rotary.h"
#include "tools/import/states.h"
#include "tools/import/weights.h"

namespace fovea::tools {
namespace {

constexpr uint32_t kUsualTokens = 64;  // maximum of tokens in a run, unless asked otherwise

// What the config says.
struct Llama {
  uint32_t width, ffn_width, layers, vocabulary, context;
  Heads heads;
  float epsilon;
  schema::Function function;
  bool tied, attention_bias, mlp_bias, interleaved;
  Rotary rotary;
  float rotary_factor;

  uint32_t query_width() const { return heads.count * heads.key_width; }
  uint32_t kv_width() const { return heads.kv_count * heads.key_width; }
};

constexpr const char* kBase = "model.";
constexpr const char* kLayers = "model.layers.";
constexpr const char* kEmbedding = "model.embed_tokens.weight";
constexpr const char* kHead = "lm_head.weight";

Llama read_config(const Config& config) {
  Llama m = {};
  m.width = config.count("hidden_size");
  m.ffn_width = config.count("intermediate_size");
  m.layers = config.count("num_hidden_layers");
  m.vocabulary = config.count("vocab_size");
  m.context = config.count("max_position_embeddings");
  m.heads.count = config.count("num_attention_heads");
  m.heads.kv_count = config.count("num_key_value_heads", m.heads.count);
  m.heads.key_width = config.has("head_dim") ? config.count("head_dim")
                                             : config.divided("hidden_size", "num_attention_heads");
  m.heads.value_width = m.heads.key_width;
  m.epsilon = static_cast<float>(config.number("rms_norm_eps", 1e-6));
  m.function = config.function("hidden_act");
  m.tied = config.flag("tie_word_embeddings", false);
  m.attention_bias = config.flag("attention_bias", false);
  m.mlp_bias = config.flag("mlp_bias", false);
  if (m.heads.count % m.heads.kv_count != 0)
    config.divided("num_attention_heads", "num_key_value_heads");
  if (m.heads.key_width % 2 != 0) {
    fail("{}: the config's head width is {}; rotary embedding needs an even one", config.path(),
         m.heads.key_width);
  }
  if (uint64_t{m.heads.count} * m.heads.key_width > kMaxExtent) {
    fail("{}: the config's {} heads of {} elements are wider than any tensor", config.path(),
         m.heads.count, m.heads.key_width);
  }
  m.rotary = read_rotary(config, {.head_width = m.heads.key_width, .positions = m.context});
  return m;
}

// What everything else is built from: no config makes more of it than the checkpoint has.
void expect_tensors(const Llama& m, const Weights& weights) {
  weights.expect_shape(kEmbedding, {m.vocabulary, m.width});
  weights.expect_layers(kLayers, m.layers, "num_hidden_layers");
  const std::string first = std::string(kLayers) + "0.self_attn.";
  weights.expect_shape(first + "q_proj.weight", {m.query_width(), m.width});
  weights.expect_shape(first + "k_proj.weight", {m.kv_width(), m.width});
}

// A head that is said to be the embedding, but is not: fine-tuning leaves the flag behind.
void check_tied(const std::string& path, Llama& m, Weights& weights, Graph& graph) {
  if (!m.tied || weights.implied_by(kHead, kEmbedding)) return;
  m.tied = false;
  graph.notes.push_back(fmt::format(
      "{}: the config says tie_word_embeddings is true, but {} differs from {}; both are used",
      path, kHead, kEmbedding));
}

// The frequencies for the model's context, and the factor.
std::vector<float> rotary_frequencies(const std::string& path, Llama& m, Weights& weights,
                                      Graph& graph) {
  const RotaryTable table = rotary_table(m.rotary, m.context);
  m.rotary_factor = static_cast<float>(table.factor);
  const auto [begin, end] = std::pair(table.frequencies.begin(), table.frequencies.end());
  const bool finite = std::all_of(begin, end, [](double f) { return std::isfinite(f); });
  if (!(m.rotary_factor > 0) || !std::isfinite(m.rotary_factor) || !finite) {
    fail("{}: the config's settings of rotary embedding make numbers that are not finite", path);
  }
  const double largest = *std::max_element(begin, end);
  const double angle = (m.context - 1.0) * static_cast<double>(static_cast<float>(largest));
  if (angle > kMostAngle) {
    fail(
        "{}: position {} times the frequency {} is an angle of {}; sines are right up to {}: "
        "lower the context with --max context=N, or mend the config's rotary embedding",
        path, m.context - 1, largest, angle, kMostAngle);
  }
  if (!table.note.empty()) graph.notes.push_back(path + ": " + table.note);
  Rotary unscaled = m.rotary;
  unscaled.type = RotaryType::kDefault;
  unscaled.factor = 1;
  weights.expect_implied("rotary_emb.inv_freq",
                         {table.frequencies, rotary_table(unscaled, m.context).frequencies},
                         "rotary embedding");
  return {table.frequencies.begin(), table.frequencies.end()};
}

// Appends the model to a method.
class LlamaBuilder {
 public:
  LlamaBuilder(const Llama& model, Weights& weights, int32_t frequencies, MethodBuilder& method)
      : m_(model), weights_(weights), frequencies_(frequencies), method_(method) {}

  int32_t embed(int32_t tokens) {
    const int32_t table = m_.tied ? weights_.matrix(kEmbedding, m_.vocabulary, m_.width)
                                  : weights_.table(kEmbedding, m_.vocabulary, m_.width);
    return method_.embedding(tokens, table, m_.width, 1.0f);
  }

  int32_t layer(int32_t x, uint32_t index, const KeyValues& states) {
    const std::string name = kLayers + std::to_string(index) + ".";
    const int32_t attended =
        attention(norm(x, name + "input_layernorm.weight"), name + "self_attn.", states);
    x = method_.binary(schema::BinaryKind::Add, x, attended);
    const int32_t fed =
        feed_forward(norm(x, name + "post_attention_layernorm.weight"), name + "mlp.");
    return method_.binary(schema::BinaryKind::Add, x, fed);
  }

  int32_t logits(int32_t x) {
    x = norm(x, "model.norm.weight");
    const int32_t matrix = weights_.matrix(m_.tied ? kEmbedding : kHead, m_.vocabulary, m_.width);
    return method_.linear(x, matrix, -1, m_.vocabulary);
  }

 private:
  int32_t norm(int32_t x, const std::string& name) {
    return method_.rms_norm(x, weights_.vector(name, m_.width), m_.epsilon);
  }

  int32_t linear(int32_t x, const std::string& name, uint32_t outputs, uint32_t columns,
                 bool bias) {
    const int32_t matrix = weights_.matrix(name + ".weight", outputs, columns);
    return method_.linear(x, matrix, bias ? weights_.vector(name + ".bias", outputs) : -1, outputs);
  }

  void rotate(int32_t x, uint32_t heads) {
    schema::RotaryT attributes;
    attributes.heads = heads;
    attributes.head_width = m_.heads.key_width;
    attributes.interleaved = m_.interleaved;
    attributes.cache = 0;
    attributes.factor = m_.rotary_factor;
    method_.rotary(x, frequencies_, attributes);
  }

  int32_t attention(int32_t x, const std::string& name, const KeyValues& states) {
    const Heads& heads = m_.heads;
    const uint32_t query_width = m_.query_width(), kv_width = m_.kv_width();
    const int32_t query = linear(x, name + "q_proj", query_width, m_.width, m_.attention_bias);
    const int32_t key = linear(x, name + "k_proj", kv_width, m_.width, m_.attention_bias);
    const int32_t value = linear(x, name + "v_proj", kv_width, m_.width, m_.attention_bias);
    rotate(query, heads.count);
    rotate(key, heads.kv_count);
    method_.store(key, value, heads, states);
    const int32_t y = method_.attention(query, states, heads, /*causal=*/true);
    return linear(y, name + "o_proj", m_.width, query_width, m_.attention_bias);
  }

  int32_t feed_forward(int32_t x, const std::string& name) {
    const int32_t gate = linear(x, name + "gate_proj", m_.ffn_width, m_.width, m_.mlp_bias);
    const int32_t up = linear(x, name + "up_proj", m_.ffn_width, m_.width, m_.mlp_bias);
    const int32_t gated =
        method_.binary(schema::BinaryKind::Multiply, method_.activation(gate, m_.function), up);
    return linear(gated, name + "down_proj", m_.width, m_.ffn_width, m_.mlp_bias);
  }

  const Llama& m_;
  Weights& weights_;
  int32_t frequencies_;
  MethodBuilder& method_;
};

struct Shared {
  int32_t tokens_dim, batch_dim, frequencies;
  std::vector<KeyValues> states;  // by layer
};

// Everything up to the logits: of all tokens, or of each sequence's last.
void add_method(Graph& graph, Weights& weights, const Llama& model, const Shared& shared,
                const std::string& name, bool last_only) {
  MethodBuilder method(graph, name, shared.batch_dim);
  Shape shape = {{1, shared.tokens_dim}};
  if (shared.batch_dim >= 0) shape.insert(shape.begin(), {1, shared.batch_dim});
  const int32_t tokens = method.input("tokens", schema::DType::Int32, shape);
  method.lengths();
  LlamaBuilder builder(model, weights, shared.frequencies, method);
  int32_t x = builder.embed(tokens);
  for (uint32_t i = 0; i < model.layers; ++i) x = builder.layer(x, i, shared.states[i]);
  if (last_only) x = method.select_token(x, schema::TokenChoice::Last, 0);
  method.output(builder.logits(x), "logits");
  method.update(0, schema::UpdateMode::Append, static_cast<uint32_t>(shared.tokens_dim));
  method.finish();
}

}  // namespace

Graph import_llama(const Checkpoint& checkpoint, const Maxima& maxima) {
  const Config config(checkpoint.config, checkpoint.path);
  Llama model = read_config(config);
  model.interleaved = checkpoint.interleaved;
  Graph graph;
  Limits limits(maxima, graph);
  Weights weights(checkpoint, graph, kBase);
  expect_tensors(model, weights);
  check_tied(checkpoint.path, model, weights, graph);
  model.context = limits.take("context", model.context, model.rotary.longest());
  // `fovea plan` cannot make another table.
  graph.limits["context"] = model.rotary.longest_alike(model.context);
  const uint32_t tokens =
      limits.take("tokens", std::min(kUsualTokens, model.context), model.context);
  Shared shared;
  shared.tokens_dim = add_dim(graph, "tokens", tokens);
  shared.batch_dim = add_batch(graph, limits);
  limits.expect_all_taken();
  const uint32_t cache = add_cache(graph, "kv", model.context);
  for (uint32_t i = 0; i < model.layers; ++i) {
    shared.states.push_back(add_states(graph, std::to_string(i), cache, model.heads));
  }
  std::vector<float> frequencies = rotary_frequencies(checkpoint.path, model, weights, graph);
  const uint32_t pairs = static_cast<uint32_t>(frequencies.size());
  shared.frequencies =
      weights.constants("rotary.inverse_frequencies", {pairs}, std::move(frequencies));
  add_method(graph, weights, model, shared, "forward", /*last_only=*/false);
  add_method(graph, weights, model, shared, "next", /*last_only=*/true);
  weights.expect_all_used("llama");
  config.expect_all_read("llama");
  return graph;
}

}  // namespace fovea::tools
