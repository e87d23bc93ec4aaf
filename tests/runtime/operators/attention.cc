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
  if (!c.packed()) {
    return {{c.tensor({1, kKvHeads, 3, kKeyWidth, 16}, {0, -1, -1, -1, -1}),
             c.tensor({1, kKvHeads, 48, kValueWidth}, {0, -1, -1, -1})},
            {}};
  }
  const int32_t blocks = c.add_key_blocks();
  return {{c.tensor({kKvHeads, 1, kKeyWidth, 16}, {-1, blocks, -1, -1}),
           c.tensor({kKvHeads, 16, kValueWidth}, {-1, blocks, -1})},
          {}};
}

// What the method of a case gives. With states a query sees no keys after its own position,
// otherwise all of its sequence.
Doubles expected(const Given& g, bool packed, bool states, bool weights) {
  const size_t rows = packed ? g.tokens : g.batch * g.tokens;
  const size_t slots = states ? kCaseTokens : packed ? (g.tokens + 15 * g.batch) / 16 * 16 : 48;
  Doubles y(rows * kHeads * kValueWidth), reported(rows * kHeads * slots);
  for (const Sequence& s : g.sequences) {
    for (size_t head = 0; head < kHeads; ++head) {
      const size_t from = head / (kHeads / kKvHeads);
      for (size_t t = 0; t < s.rows; ++t) {
        const size_t seen = states ? t + 1 : s.rows, row = s.first + t;
        Doubles keys, values;
        for (size_t at = s.first; at < s.first + seen; ++at) {
          const double* key = &g.inputs[1][(at * kKvHeads + from) * kKeyWidth];
          const double* value = &g.inputs[2][(at * kKvHeads + from) * kValueWidth];
          keys.insert(keys.end(), key, key + kKeyWidth);
          values.insert(values.end(), value, value + kValueWidth);
        }
        const double* query = &g.inputs[0][(row * kHeads + head) * kKeyWidth];
        Attended a = attend(query, keys.data(), values.data(), seen, kKeyWidth, kValueWidth, 0.3f);
        std::copy(a.y.begin(), a.y.end(), &y[(row * kHeads + head) * kValueWidth]);
        const size_t report = packed ? head * rows + row : s.first * kHeads + head * s.rows + t;
        std::copy(a.weights.begin(), a.weights.end(), &reported[report * slots]);
      }
    }
  }
  if (weights) y.insert(y.end(), reported.begin(), reported.end());
  return y;
}

void add_attention(Case& c, bool packed, bool states, bool weights) {
  if (packed) c.pack();
  c.terms = kKeyWidth + kCaseTokens;
  c.oracle = [=](const Given& g) { return expected(g, packed, states, weights); };
  const int32_t query = c.rows(kHeads * kKeyWidth), keys = c.rows(kKvHeads * kKeyWidth);
  const int32_t values = c.rows(kKvHeads * kValueWidth);
  const Stored stored = add_stored(c, states);
  schema::StoreKeyValueT store;
  store.heads = kKvHeads;
  store.key_width = kKeyWidth;
  store.value_width = kValueWidth;
  c.op(store, {keys, values}, stored.outputs, {}, stored.states);
  schema::AttentionT attributes;
  attributes.heads = kHeads;
  attributes.kv_heads = kKvHeads;
  attributes.key_width = kKeyWidth;
  attributes.value_width = kValueWidth;
  attributes.causal = states;
  attributes.scale = 0.3f;
  const int32_t y = c.made(kHeads * kValueWidth);
  auto& op = c.op(attributes, {query, -1, -1}, {y}, {}, stored.states);
  if (!states) op.inputs = {query, stored.outputs[0], stored.outputs[1]};
  c.output(y);
  if (!weights) return;
  std::vector<uint32_t> extents = {kHeads, 1, states ? kCaseTokens : packed ? 16 : 48};
  std::vector<int32_t> dims = {-1, 1, states || !packed ? -1 : 2};
  if (!packed) {
    extents.insert(extents.begin(), 1);
    dims.insert(dims.begin(), 0);
  }
  op.outputs.push_back(c.tensor(extents, dims));
  c.output(op.outputs[1]);
}

}  // namespace

Cases attention_cases() {
  Cases cases;
  for (const bool packed : {false, true}) {
    const std::string rows = packed ? "packed, " : "equal lengths, ";
    add_attention(cases.emplace_back(rows + "tensors"), packed, false, false);
    add_attention(cases.emplace_back(rows + "tensors, weights"), packed, false, true);
    add_attention(cases.emplace_back(rows + "states"), packed, true, false);
    add_attention(cases.emplace_back(rows + "states, weights"), packed, true, true);
  }
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
