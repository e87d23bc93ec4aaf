#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

namespace {

constexpr uint32_t kKvHeads = 2, kHeads = 4, kKeyWidth = 32, kValueWidth = 24;

// Keys and values in states, where they have a cache, or in tensors.
struct Stored {
  std::vector<int32_t> outputs, states;
};

Stored add_stored(Case& c, bool states) {
  if (states) {
    c.add_cache();
    c.add_update();
    return {{},
            {c.state(schema::StateLayout::Keys16, kKvHeads, kKeyWidth),
             c.state(schema::StateLayout::Values, kKvHeads, kValueWidth)}};
  }
  return {{c.tensor({1, kKvHeads, 3, kKeyWidth, 16}, {0, -1, -1, -1, -1}),
           c.tensor({1, kKvHeads, 48, kValueWidth}, {0, -1, -1, -1})},
          {}};
}

void add_attention(Case& c, bool states, bool weights) {
  const int32_t query = c.rows(kHeads * kKeyWidth), keys = c.rows(kKvHeads * kKeyWidth);
  const int32_t values = c.rows(kKvHeads * kValueWidth);
  const int32_t lengths = states ? -1 : c.lengths();
  const Stored stored = add_stored(c, states);
  schema::StoreKeyValueT store;
  store.heads = kKvHeads;
  store.key_width = kKeyWidth;
  store.value_width = kValueWidth;
  c.op(store, {keys, values, lengths}, stored.outputs, {}, stored.states);
  schema::AttentionT attributes;
  attributes.heads = kHeads;
  attributes.kv_heads = kKvHeads;
  attributes.key_width = kKeyWidth;
  attributes.value_width = kValueWidth;
  attributes.causal = states;
  attributes.scale = 0.3f;
  const int32_t y = c.made(kHeads * kValueWidth);
  auto& op = c.op(attributes, {query, -1, -1, lengths}, {y}, {}, stored.states);
  if (!states) op.inputs = {query, stored.outputs[0], stored.outputs[1], lengths};
  c.output(y);
  if (!weights) return;
  op.outputs.push_back(c.tensor({1, kHeads, 1, states ? kCaseTokens : 48}, {0, -1, 1, -1}));
  c.output(op.outputs[1]);
}

}  // namespace

Cases attention_cases() {
  Cases cases;
  add_attention(cases.emplace_back("tensors"), false, false);
  add_attention(cases.emplace_back("tensors, weights"), false, true);
  add_attention(cases.emplace_back("states"), true, false);
  add_attention(cases.emplace_back("states, weights"), true, true);
  return cases;
}

Cases cases_attention() {
  Cases cases;
  for (Case& c : attention_cases()) {
    c.wrong = {{"no heads", [](auto& o) { o.attributes.AsAttention()->kv_heads = 0; }},
               {"heads", [](auto& o) { o.attributes.AsAttention()->heads = 3; }},
               {"key width", [](auto& o) { o.attributes.AsAttention()->key_width = 31; }},
               {"value width", [](auto& o) { o.attributes.AsAttention()->value_width = 0; }},
               {"scale 0", [](auto& o) { o.attributes.AsAttention()->scale = 0; }},
               {"scale NaN", [](auto& o) { o.attributes.AsAttention()->scale = NAN; }}};
    cases.push_back(std::move(c));
  }
  return cases;
}

}  // namespace fovea::test
