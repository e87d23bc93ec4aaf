// Attentions that drop weights.

#ifndef FOVEA_TESTS_RUNTIME_DROPOUT_H_
#define FOVEA_TESTS_RUNTIME_DROPOUT_H_

#include <memory>
#include <vector>

#include "tests/runtime/layer.h"

namespace fovea::test {

inline constexpr uint32_t kContext = 40;

inline schema::AttentionT dropping(float probability, uint32_t layer) {
  schema::AttentionT a = layer_attention({});
  a.dropout = std::make_unique<schema::DropoutT>();
  a.dropout->probability = probability;
  a.dropout->layer = layer;
  return a;
}

// Two attentions over the same keys, with dropout or without.
inline Image two_layers(bool drops, uint32_t first = 0, uint32_t second = 1) {
  Handmade m;
  const int32_t tokens = m.dim("tokens", kContext);
  m.cache(kContext, 1, kKeyWidth, kValueWidth);
  const int32_t query = m.input("query", {1, kHeads * kKeyWidth}, {tokens, -1});
  const int32_t keys = m.input("keys", {1, kKeyWidth}, {tokens, -1});
  const int32_t values = m.input("values", {1, kValueWidth}, {tokens, -1});
  const int32_t dropout = m.input("dropout", {2}, {}, schema::DType::Int32);
  const int32_t y = m.tensor("y", {1, kHeads * kValueWidth}, {tokens, -1});
  const int32_t z = m.tensor("z", {1, kHeads * kValueWidth}, {tokens, -1});
  m.op(layer_store(), {keys, values}, {}, {}, {0, 1});
  std::vector<int32_t> inputs = {query, -1, -1, -1, -1, -1};
  if (drops) inputs.push_back(dropout);
  m.op(drops ? dropping(0.25f, first) : layer_attention({}), inputs, {y}, {}, {0, 1});
  m.op(drops ? dropping(0.25f, second) : layer_attention({}), inputs, {z}, {}, {0, 1});
  m.update(schema::UpdateMode::Append, tokens);
  m.finish({y, z});
  return make_image(m.model, m.weights);
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_DROPOUT_H_
