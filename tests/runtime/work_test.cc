// fovea_work against counts made one by one.

#include <doctest/doctest.h>

#include "runtime/work.h"
#include "tests/runtime/feed.h"
#include "tests/runtime/handmade.h"

namespace fovea::test {
namespace {

struct Sequence {
  uint32_t cached, tokens;
};

// Every pair of a query and a key that it sees.
uint64_t count_pairs(const std::vector<Sequence>& sequences, bool causal,
                     const schema::ScoringT& scoring = {}) {
  uint64_t pairs = 0;
  for (const Sequence& s : sequences) {
    for (uint64_t query = s.cached; query < s.cached + s.tokens; ++query) {
      for (uint64_t key = 0; key < s.cached + s.tokens; ++key) {
        const bool near = key + scoring.before >= query || key < scoring.kept;
        if (near && key <= query + (causal ? 0 : scoring.after)) ++pairs;
      }
    }
  }
  return pairs;
}

uint64_t count_product(uint32_t rows, uint32_t k, uint32_t outputs) {
  uint64_t count = 0;
  for (uint32_t r = 0; r < rows; ++r) {
    for (uint32_t n = 0; n < outputs; ++n) {
      for (uint32_t i = 0; i < k; ++i) ++count;
    }
  }
  return count;
}

fovea_cost work(fovea_session* session, uint32_t method = 0) {
  fovea_cost cost = {1, 1};
  fovea_error error;
  REQUIRE_MESSAGE(fovea_work(session, method, &cost, &error) == FOVEA_OK, sentence(error));
  return cost;
}

TEST_CASE("a language model's work at the present dims and positions") {
  TinySession s;
  s.forward({{1, 2, 3, 4, 5}, {6, 7}});
  s.set({{1, 2, 3}, {4, 5, 6}});
  const uint32_t rows = 6, width = 24, panels = 32;
  const std::vector<Sequence> sequences = {{5, 3}, {2, 3}};
  uint64_t expected = 2 * rows * width;        // embedding, positions
  expected += 2 * rows * width;                // norms
  expected += rows * 6;                        // cosines and sines
  expected += rows * (4 + 2) * 6;              // rotary of queries and keys
  expected += rows * 2 * (6 + 6);              // stored
  expected += count_product(rows, width, 48);  // queries, keys, values
  expected += count_pairs(sequences, true) * 4 * (6 + 6);
  expected += count_product(rows, 24, width);       // output
  expected += 2 * count_product(rows, width, 20);   // gate and up
  expected += count_product(rows, 20, width);       // down
  expected += count_product(rows, width, 19);       // logits
  uint64_t floats = 2 * rows * width + 2 * panels;  // rows of tables, gains
  floats += 48 * width + 3 + panels * 24 + panels;  // qkv, frequencies, output, bias
  floats += 2 * panels * width + panels * 20;       // gate and up, down
  floats += panels * width;                         // logits
  floats += (8 + 5) * 2 * (6 + 6);                  // keys and values
  const fovea_cost cost = work(s.get());
  CHECK(cost.multiply_adds == expected);
  CHECK(cost.bytes == floats * sizeof(float));
}

TEST_CASE("a table in f16 is read in half the bytes, where it is looked up and as a matrix") {
  TinySession whole, half(nullptr, 1, [](schema::ModelT&m) {
    m.weights[0]->dtype = schema::DType::Float16;
    m.weights[0]->size /= 2;
  });
  for (TinySession* s : {&whole, &half}) s->set({{1, 2, 3}, {4, 5, 6}});
  const uint32_t rows = 6, width = 24, panels = 32;
  CHECK(work(half.get()).multiply_adds == work(whole.get()).multiply_adds);
  CHECK(work(whole.get()).bytes - work(half.get()).bytes == 2 * (rows + panels) * width);
}

TEST_CASE("of the inputs lengths alone are looked at, and nothing runs") {
  TinySession s;
  s.set({{1, 2, 3, 4}, {}});
  const fovea_cost one = work(s.get());
  s.set({{-5, 99, 1, 1}, {}});
  CHECK(work(s.get()).multiply_adds == one.multiply_adds);
  s.set({{1, 2}, {3, 4}});
  // 10 pairs of a query and a key that it sees become 3 + 3, for 4 heads with keys and values of 6.
  CHECK(work(s.get()).multiply_adds == one.multiply_adds - 4 * (10 - 6) * 12);
  fovea_tensor lengths;
  REQUIRE(fovea_input(s.get(), 0, "lengths", &lengths, nullptr) == FOVEA_OK);
  for (const int32_t wrong : {-2, 0, 3}) {
    static_cast<int32_t*>(lengths.data)[1] = wrong;
    CHECK(work(s.get()).multiply_adds == one.multiply_adds);
  }
  CHECK(fovea_position(s.get(), 0, 0) == 0);
}

TEST_CASE("lengths that are not known count as those of the sequence that holds most") {
  TinySession s;
  s.forward({{1, 2, 3}, {4}});
  s.set({{1, 2, 3}, {}});
  const fovea_cost most = work(s.get());
  s.set({{1, 2}, {3}});
  CHECK(work(s.get()).multiply_adds < most.multiply_adds);
  fovea_tensor lengths;
  REQUIRE(fovea_input(s.get(), 0, "lengths", &lengths, nullptr) == FOVEA_OK);
  static_cast<int32_t*>(lengths.data)[1] = 0;
  CHECK(work(s.get()).multiply_adds == most.multiply_adds);
}

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

TEST_CASE("numbers that do not fit stay at the largest") {
  const fovea_cost most = {UINT64_MAX, UINT64_MAX}, some = {3, UINT64_MAX - 1};
  CHECK((most + some).multiply_adds == UINT64_MAX);
  CHECK((some + some).bytes == UINT64_MAX);
  CHECK((some + some).multiply_adds == 6);
  CHECK((some + fovea_cost{0, 1}).bytes == UINT64_MAX);
}

TEST_CASE("no session, no method, no place for the answer") {
  TinySession s;
  fovea_cost cost;
  fovea_error error;
  CHECK(fovea_work(nullptr, 0, &cost, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_work(s.get(), 2, &cost, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(fovea_work(s.get(), 0, nullptr, &error) == FOVEA_BAD_ARGUMENT);
}

}  // namespace
}  // namespace fovea::test
