// Layers that store no keys and values and look at those of an earlier layer (Gemma 3n), end to
// end: two layers of linear ones and attention, the second with a query alone.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/reference/attention.h"
#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

constexpr uint32_t kWidth = 12, kHeads = 2, kHeadWidth = 6, kContext = 48;

// Small, and different from each other.
float number(size_t i) {
  return std::sin(static_cast<float>(i * i % 7919)) * 0.5f;
}

struct TwoLayers : Handmade {
  // Weights [outputs, k], one after another, in rows.
  Doubles rows_of[5];
  int32_t query = -1, tokens = -1, last = -1;

  TwoLayers() {
    tokens = dim("tokens", kContext);
    cache(kContext, 1, kHeadWidth, kHeadWidth);
    const int32_t x = input("x", {1, kWidth}, {tokens, -1});
    const int32_t first_query = linear(0, x, "q0", kHeads * kHeadWidth);
    const int32_t keys = linear(1, x, "k0", kHeadWidth), values = linear(2, x, "v0", kHeadWidth);
    schema::StoreKeyValueT store;
    store.heads = 1;
    store.key_width = store.value_width = kHeadWidth;
    op(store, {keys, values}, {}, {}, {0, 1});
    const int32_t h = tensor("h", {1, kWidth}, {tokens, -1});
    op(looking(), {first_query, -1, -1}, {h}, {}, {0, 1});
    query = linear(3, h, "q1", kHeads * kHeadWidth);
    const int32_t y = tensor("y", {1, kWidth}, {tokens, -1});
    op(looking(), {query, -1, -1}, {y}, {}, {0, 1});
    last = linear(4, y, "z", kWidth);
    update(schema::UpdateMode::Append, tokens);
  }

  static schema::AttentionT looking() {
    schema::AttentionT a;
    a.heads = kHeads;
    a.kv_heads = 1;
    a.key_width = a.value_width = kHeadWidth;
    a.causal = true;
    a.scale = 0.5f;
    return a;
  }

  int32_t linear(size_t index, int32_t x, const char* name, uint32_t outputs) {
    const int32_t w = weight(schema::Layout::Panels16, {outputs, kWidth});
    const size_t first = model.weights.back()->offset / sizeof(float);
    for (size_t n = 0; n < outputs; ++n) {
      for (size_t k = 0; k < kWidth; ++k) {
        const float value = number(1000 * index + n * kWidth + k);
        weights[first + kernels::panel_index(n, k, kWidth)] = value;
        rows_of[index].push_back(double{value});
      }
    }
    const int32_t y = tensor(name, {1, outputs}, {tokens, -1});
    op(schema::LinearT(), {x, -1}, {y}, {w});
    return y;
  }
};

Doubles times(const Doubles& x, const Doubles& w) {
  const size_t rows = x.size() / kWidth, outputs = w.size() / kWidth;
  Doubles y(rows * outputs);
  for (size_t i = 0; i < y.size(); ++i) {
    for (size_t k = 0; k < kWidth; ++k) {
      y[i] += x[i / outputs * kWidth + k] * w[i % outputs * kWidth + k];
    }
  }
  return y;
}

Doubles look(const Doubles& query, const Doubles& keys, const Doubles& values) {
  Doubles y;
  for (size_t t = 0; t < keys.size() / kHeadWidth; ++t) {
    for (size_t head = 0; head < kHeads; ++head) {
      Scores scores;
      scores.scale = 0.5;
      const Attended a = attend(&query[(t * kHeads + head) * kHeadWidth], keys.data(),
                                values.data(), t + 1, kHeadWidth, kHeadWidth, scores);
      y.insert(y.end(), a.y.begin(), a.y.end());
    }
  }
  return y;
}

std::vector<float> run(const HandmadeSession& s, const std::vector<uint32_t>& pieces) {
  REQUIRE(fovea_reset(s.session, 0, nullptr) == FOVEA_OK);
  std::vector<float> result;
  size_t token = 0;
  for (const uint32_t count : pieces) {
    s.set_dim(0, count);
    fovea_tensor tensor;
    REQUIRE(fovea_input(s.session, 0, "x", &tensor, nullptr) == FOVEA_OK);
    for (size_t i = 0; i < count * kWidth; ++i) {
      static_cast<float*>(tensor.data)[i] = number(77 + token * kWidth + i);
    }
    REQUIRE(fovea_run(s.session, 0, nullptr) == FOVEA_OK);
    REQUIRE(fovea_output(s.session, 0, "z", &tensor, nullptr) == FOVEA_OK);
    const auto* z = static_cast<const float*>(tensor.data);
    result.insert(result.end(), z, z + count * kWidth);
    token += count;
  }
  return result;
}

}  // namespace

TEST_CASE("a layer without keys looks at an earlier one's, whole and token by token") {
  TwoLayers m;
  const HandmadeSession session(m.image(m.last));
  const std::vector<float> found = run(session, {kContext});
  Doubles x;
  for (size_t i = 0; i < kContext * kWidth; ++i) x.push_back(double{number(77 + i)});
  const Doubles keys = times(x, m.rows_of[1]), values = times(x, m.rows_of[2]);
  const Doubles h = look(times(x, m.rows_of[0]), keys, values);
  const Doubles z = times(look(times(h, m.rows_of[3]), keys, values), m.rows_of[4]);
  REQUIRE(found.size() == z.size());
  for (size_t i = 0; i < z.size(); ++i)
    CHECK(double{found[i]} == doctest::Approx(z[i]).epsilon(1e-5));
  CHECK(same_bits(run(session, std::vector<uint32_t>(kContext, 1)), found));
  CHECK(same_bits(run(session, {7, 16, 1, 24}), found));
}

TEST_CASE("keys that are looked at before they are stored are refused") {
  TwoLayers m;
  const auto store = std::find_if(m.method.operators.begin(), m.method.operators.end(),
                                  [](const auto& o) { return o->attributes.AsStoreKeyValue(); });
  std::rotate(store, store + 1, m.method.operators.end() - 2);
  const Image image = m.image(m.last);
  fovea_model model;
  CHECK(fovea_open(image.span(), {}, &model, nullptr) == FOVEA_NOT_STORED);
}

}  // namespace fovea::test
