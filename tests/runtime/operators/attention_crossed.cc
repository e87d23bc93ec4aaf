// Attention of some queries over the keys of as many tokens as are said, in tensors.

#include <algorithm>
#include <cmath>

#include "tests/reference/attention.h"
#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

constexpr uint32_t kCrossHeads = 4, kCrossKvHeads = 2, kCrossKeyWidth = 20, kCrossValueWidth = 12;
constexpr uint32_t kKeys = 37;
constexpr float kCrossScale = 0.4f;

// Queries are rows of the dim `tokens`; those of one sequence share what keys they see.
Doubles expected_crossed(const Given& g, bool masked) {
  Doubles y(g.batch * g.tokens * kCrossHeads * kCrossValueWidth);
  for (size_t row = 0; row < g.batch * g.tokens; ++row) {
    const size_t b = row / g.tokens;
    for (size_t head = 0; head < kCrossHeads; ++head) {
      const size_t from = head / (kCrossHeads / kCrossKvHeads);
      Doubles keys, values;
      for (size_t t = b * kKeys; t < (b + 1) * kKeys; ++t) {
        const double* key = &g.inputs[1][(t * kCrossKvHeads + from) * kCrossKeyWidth];
        const double* value = &g.inputs[2][(t * kCrossKvHeads + from) * kCrossValueWidth];
        keys.insert(keys.end(), key, key + kCrossKeyWidth);
        values.insert(values.end(), value, value + kCrossValueWidth);
      }
      Scores scores;
      scores.scale = double{kCrossScale};
      scores.position = static_cast<int64_t>(row % g.tokens);
      for (size_t t = 0; masked && t < kKeys; ++t) {
        scores.mask.push_back(g.inputs[3][b * kKeys + t] == 0 ? -INFINITY : 0);
      }
      const Attended made =
          attend(&g.inputs[0][(row * kCrossHeads + head) * kCrossKeyWidth], keys.data(),
                 values.data(), kKeys, kCrossKeyWidth, kCrossValueWidth, scores);
      std::copy(made.y.begin(), made.y.end(), &y[(row * kCrossHeads + head) * kCrossValueWidth]);
    }
  }
  return y;
}

void add_crossed(Case& c, bool masked) {
  c.terms = kCrossKeyWidth + kKeys;
  c.oracle = [=](const Given& g) { return expected_crossed(g, masked); };
  const int32_t query = c.rows(kCrossHeads * kCrossKeyWidth);
  const int32_t keys = c.copy({1, kKeys, kCrossKvHeads * kCrossKeyWidth}, {0, -1, -1});
  const int32_t values = c.copy({1, kKeys, kCrossKvHeads * kCrossValueWidth}, {0, -1, -1});
  const int32_t stored = c.tensor({1, kCrossKvHeads, 3, kCrossKeyWidth, 16}, {0, -1, -1, -1, -1});
  c.tensor({1, kCrossKvHeads, 48, kCrossValueWidth}, {0, -1, -1, -1});
  schema::StoreKeyValueT store;
  store.heads = kCrossKvHeads;
  store.key_width = kCrossKeyWidth;
  store.value_width = kCrossValueWidth;
  c.op(store, {keys, values}, {stored, stored + 1});
  schema::AttentionT a;
  a.heads = kCrossHeads;
  a.kv_heads = kCrossKvHeads;
  a.key_width = kCrossKeyWidth;
  a.value_width = kCrossValueWidth;
  a.scale = kCrossScale;
  a.key_tokens = kKeys;
  if (masked) a.scoring = std::make_unique<schema::ScoringT>();
  const int32_t y = c.made(kCrossHeads * kCrossValueWidth);
  auto& op = c.op(std::move(a), {query, stored, stored + 1}, {y});
  if (masked) {
    const int32_t seen = c.input({1, 1, 1, kKeys}, {0, -1, -1, -1}, schema::DType::Int32);
    op.inputs = {query, stored, stored + 1, -1, seen};
  }
  c.output(y);
  const auto with = [](uint32_t tokens) {
    return [=](schema::OperatorT& o) { o.attributes.AsAttention()->key_tokens = tokens; };
  };
  c.wrong = {{"as many keys as queries", with(0)},
             {"fewer keys than were stored", with(kKeys - 1)},
             {"more keys than were stored", with(kKeys + 1)},
             {"more keys than there is room for", with(49)},
             {"more keys than can be", with(UINT32_MAX), "key_tokens"}};
  if (masked) return;
  const int32_t pairs = c.weight(schema::Layout::Plain, {kCrossHeads, kCaseTokens, kCaseTokens});
  c.wrong.push_back({"numbers by pair", [=](schema::OperatorT& o) {
                       o.attributes.AsAttention()->scoring = std::make_unique<schema::ScoringT>();
                       o.weights = {-1, -1, -1, -1, -1, pairs};
                     }});
}

}  // namespace

Cases crossed_cases() {
  Cases cases;
  add_crossed(cases.emplace_back("more keys than queries, or fewer"), false);
  add_crossed(cases.emplace_back("more keys than queries, or fewer, seen"), true);
  return cases;
}

}  // namespace fovea::test
