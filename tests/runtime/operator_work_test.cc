// fovea_work of single operators, against counts made one by one.

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "tests/runtime/handmade.h"
#include "tests/runtime/work_counts.h"

namespace fovea::test {

TEST_CASE("what each of the simple operators makes") {
  constexpr uint32_t kTokens = 5, kWidth = 4;
  for (int kind = 0; kind < 8; ++kind) {
    CAPTURE(kind);
    Handmade m;
    const int32_t x = m.input("x", {kTokens, kWidth});
    const int32_t image = m.input("image", {4, 6, 3});
    int32_t y = m.tensor("y", {kTokens, kWidth});
    uint64_t made = kTokens * kWidth, floats = 0;
    if (kind == 0) m.op(schema::ActivationT(), {x}, {y});
    if (kind == 1) m.op(schema::BinaryT(), {x, x}, {y});
    if (kind == 2) m.op(schema::SoftmaxT(), {x}, {y});
    if (kind == 3) {
      const int32_t gain = m.weight(schema::Layout::Row16, {kWidth});
      m.op(schema::LayerNormT(), {x}, {y}, {gain, gain});
      floats = 2 * 16;
    }
    if (kind == 4) {
      y = m.tensor("one", {1, kWidth});
      m.op(schema::SelectTokenT(), {x}, {y});
      made = kWidth;
    }
    if (kind == 5) {
      y = m.tensor("more", {kTokens + 1, kWidth});
      m.op(schema::PrependTokenT(), {x}, {y}, {m.weight(schema::Layout::Row16, {kWidth})});
      made = (kTokens + 1) * kWidth;
      floats = 16;
    }
    if (kind == 6) {
      y = m.tensor("patches", {6, 12});
      schema::PatchesT patches;
      patches.height = 4;
      patches.width = 6;
      patches.channels = 3;
      patches.patch = 2;
      m.op(patches, {image}, {y});
      made = 4 * 6 * 3;
    }
    if (kind == 7) {
      m.op(schema::AddPositionsT(), {x}, {y}, {m.weight(schema::Layout::Plain, {9, kWidth})});
      floats = kTokens * kWidth;
    }
    if (kind >= 4 && kind <= 6) m.method.tensors.erase(m.method.tensors.begin() + 2), --y;
    for (auto& op : m.method.operators) op->outputs = {y};
    const HandmadeSession s(m.image(y));
    const fovea_cost cost = work(s.session);
    CHECK(cost.multiply_adds == made);
    CHECK(cost.bytes == floats * sizeof(float));
  }
}

namespace {

// Attention over tensors, of a batch, with the report of weights where asked.
Image attention(uint32_t batch, uint32_t tokens, bool causal, bool report,
                const schema::ScoringT* scoring = nullptr) {
  Handmade m;
  const int32_t q = m.input("q", {batch, tokens, 8});
  const int32_t k = m.input("k", {batch, tokens, 4});
  const int32_t keys = m.tensor("keys", {batch, 1, 2, 4, 16});
  const int32_t values = m.tensor("values", {batch, 1, 32, 4});
  const int32_t y = m.tensor("y", {batch, tokens, 8});
  schema::StoreKeyValueT store;
  store.heads = 1;
  store.key_width = store.value_width = 4;
  m.op(store, {k, k}, {keys, values});
  schema::AttentionT a;
  a.heads = 2;
  a.kv_heads = 1;
  a.key_width = a.value_width = 4;
  a.scale = 0.5f;
  a.causal = causal;
  if (scoring != nullptr) a.scoring = std::make_unique<schema::ScoringT>(*scoring);
  std::vector<int32_t> outputs = {y};
  if (report) outputs.push_back(m.tensor("weights", {batch, 2, tokens, 32}));
  m.op(std::move(a), {q, keys, values}, outputs);
  return m.image(y);
}

}  // namespace

TEST_CASE("attention counts the keys that each query sees") {
  for (const uint32_t tokens : {1u, 2u, 17u}) {
    for (const bool causal : {false, true}) {
      for (const bool report : {false, true}) {
        const HandmadeSession s(attention(3, tokens, causal, report));
        const std::vector<Sequence> sequences(3, {0, tokens});
        const uint64_t made = 3 * tokens * 8;
        const uint64_t products = count_pairs(sequences, causal) * 2 * 8;
        const uint64_t written = made + (report ? 3 * 2 * tokens * 32 : 0);
        CHECK(work(s.session).multiply_adds == made + std::max(written, products));
        CHECK(work(s.session).bytes == 3 * tokens * 8 * sizeof(float));
      }
    }
  }
}

TEST_CASE("attention counts no key that a window hides") {
  for (const bool causal : {false, true}) {
    for (uint32_t before = 0; before < 20; before += 3) {
      for (const uint32_t kept : {0u, 1u, 5u, 16u}) {
        schema::ScoringT scoring;
        scoring.before = before;
        scoring.kept = kept;
        if (!causal) scoring.after = (7 * before + kept) % 19;
        const HandmadeSession s(attention(2, 16, causal, false, &scoring));
        const uint64_t products = count_pairs({2, {0, 16}}, causal, scoring) * 2 * 8;
        const uint64_t made = 2 * 16 * 8;
        CHECK(work(s.session).multiply_adds == made + std::max(made, products));
      }
    }
  }
}

}  // namespace fovea::test
