#include "tests/reference/llama.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace fovea::test {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

const std::vector<float>* find(const LlamaCheckpoint& m, const std::string& name) {
  const auto found = m.tensors.find(name);
  return found == m.tensors.end() ? nullptr : &found->second;
}

Row linear(const LlamaCheckpoint& m, const std::string& name, const Row& x) {
  const std::vector<float>& w = *find(m, name + ".weight");
  const std::vector<float>* bias = find(m, name + ".bias");
  Row y(w.size() / x.size());
  for (size_t n = 0; n < y.size(); ++n) {
    y[n] = bias == nullptr ? 0 : (*bias)[n];
    for (size_t k = 0; k < x.size(); ++k) y[n] += x[k] * w[n * x.size() + k];
  }
  return y;
}

Row norm(const LlamaCheckpoint& m, const std::string& name, const Row& x) {
  const std::vector<float>& gain = *find(m, name + ".weight");
  double squares = 0;
  for (const double value : x) squares += value * value;
  const double scale = 1 / std::sqrt(squares / static_cast<double>(x.size()) + m.shape.epsilon);
  Row y(x.size());
  for (size_t i = 0; i < x.size(); ++i) y[i] = x[i] * scale * gain[i];
  return y;
}

// Pairs are (i, i + half) of every head.
void rotate(const LlamaShape& s, Row& x, size_t position) {
  const size_t half = s.head_width / 2;
  for (size_t head = 0; head < x.size(); head += s.head_width) {
    for (size_t i = 0; i < half; ++i) {
      const double frequency =
          std::pow(s.theta, -2.0 * static_cast<double>(i) / s.head_width) / s.linear_scaling;
      const double angle = static_cast<double>(position) * frequency;
      const double a = x[head + i], b = x[head + half + i];
      x[head + i] = a * std::cos(angle) - b * std::sin(angle);
      x[head + half + i] = b * std::cos(angle) + a * std::sin(angle);
    }
  }
}

// One query head over the keys and values of all tokens so far, or of the last `window`.
void attend(const LlamaShape& s, const Row& query, const Rows& keys, const Rows& values,
            size_t head, uint32_t window, Row& y) {
  const size_t q = head * s.head_width;
  const size_t kv = head / (s.heads / s.kv_heads) * s.head_width;
  const size_t first = window == 0 || keys.size() < window ? 0 : keys.size() - window;
  Row weights;
  for (size_t t = first; t < keys.size(); ++t) {
    double score = 0;
    for (size_t i = 0; i < s.head_width; ++i) score += query[q + i] * keys[t][kv + i];
    weights.push_back(score / std::sqrt(static_cast<double>(s.head_width)));
  }
  const double most = *std::max_element(weights.begin(), weights.end());
  double sum = 0;
  for (double& weight : weights) sum += weight = std::exp(weight - most);
  for (size_t t = first; t < values.size(); ++t) {
    for (size_t i = 0; i < s.head_width; ++i) {
      y[q + i] += weights[t - first] / sum * values[t][kv + i];
    }
  }
}

// Every head by itself, where the model has this norm.
void norm_heads(const LlamaCheckpoint& m, const std::string& name, Row& x) {
  if (find(m, name + ".weight") == nullptr) return;
  for (auto head = x.begin(); head != x.end(); head += m.shape.head_width) {
    const Row normed = norm(m, name, Row(head, head + m.shape.head_width));
    std::copy(normed.begin(), normed.end(), head);
  }
}

Row attention(const LlamaCheckpoint& m, const std::string& name, uint32_t window, const Row& x,
              Rows& keys, Rows& values) {
  const size_t position = keys.size();
  Row query = linear(m, name + "q_proj", x);
  keys.push_back(linear(m, name + "k_proj", x));
  values.push_back(linear(m, name + "v_proj", x));
  norm_heads(m, name + "q_norm", query);
  norm_heads(m, name + "k_norm", keys.back());
  rotate(m.shape, query, position);
  rotate(m.shape, keys.back(), position);
  Row y(query.size(), 0);
  for (size_t head = 0; head < m.shape.heads; ++head) {
    attend(m.shape, query, keys, values, head, window, y);
  }
  return linear(m, name + "o_proj", y);
}

Row feed_forward(const LlamaCheckpoint& m, const std::string& name, const Row& x) {
  Row gate = linear(m, name + "gate_proj", x);
  const Row up = linear(m, name + "up_proj", x);
  for (size_t i = 0; i < gate.size(); ++i) gate[i] *= up[i] / (1 + std::exp(-gate[i]));
  return linear(m, name + "down_proj", gate);
}

void add(Row& x, const Row& y) {
  for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

Row logits_of(const LlamaCheckpoint& m, const Row& x) {
  const Row normed = norm(m, "model.norm", x);
  return linear(m, m.shape.tied ? "model.embed_tokens" : "lm_head", normed);
}

}  // namespace

std::vector<std::vector<double>> llama_logits(const LlamaCheckpoint& m,
                                              const std::vector<int32_t>& tokens) {
  std::vector<Rows> keys(m.shape.layers), values(m.shape.layers);
  const std::vector<float>& table = *find(m, "model.embed_tokens.weight");
  Rows logits;
  for (const int32_t token : tokens) {
    const auto row = table.begin() + static_cast<long>(token) * m.shape.width;
    Row x(row, row + m.shape.width);
    for (uint32_t i = 0; i < m.shape.layers; ++i) {
      const std::string layer = "model.layers." + std::to_string(i) + ".";
      add(x, attention(m, layer + "self_attn.", m.shape.window_of(i),
                       norm(m, layer + "input_layernorm", x), keys[i], values[i]));
      add(x, feed_forward(m, layer + "mlp.", norm(m, layer + "post_attention_layernorm", x)));
    }
    logits.push_back(logits_of(m, x));
  }
  return logits;
}

}  // namespace fovea::test
