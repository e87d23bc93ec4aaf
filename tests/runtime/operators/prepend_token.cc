#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

// Of any number of sequences of `tokens` rows.
Doubles prepended(const Given& g, size_t tokens, bool last = false) {
  Doubles y;
  for (auto x = g.inputs[0].begin(); x != g.inputs[0].end(); x += tokens * 128) {
    if (!last) y.insert(y.end(), g.weights[0].begin(), g.weights[0].end());
    y.insert(y.end(), x, x + tokens * 128);
    if (last) y.insert(y.end(), g.weights[0].begin(), g.weights[0].end());
  }
  return y;
}

void add_prepended(Case& c, int32_t x, int32_t y, bool last = false) {
  schema::PrependTokenT attributes;
  attributes.last = last;
  c.op(attributes, {x}, {y}, {c.weight(schema::Layout::Row16, {128})});
  c.output(y);
}

}  // namespace

Cases cases_prepend_token() {
  Cases cases;
  Case& constant = cases.emplace_back("constant rows");
  add_prepended(constant, constant.copy({1, kCaseTokens, 128}, {0, -1, -1}),
                constant.tensor({1, kCaseTokens + 1, 128}, {0, -1, -1}));
  constant.oracle = [](const Given& g) { return prepended(g, kCaseTokens); };
  Case& batch = cases.emplace_back("rows of a dim");
  add_prepended(batch, batch.copy({1, 1, 128}, {0, 1, -1}),
                batch.tensor({1, 1, 128}, {0, batch.add_successor(), -1}));
  batch.oracle = [](const Given& g) { return prepended(g, g.tokens); };
  Case& one = cases.emplace_back("rows of a dim, one sequence");
  add_prepended(one, one.copy({1, 128}, {1, -1}), one.tensor({1, 128}, {one.add_successor(), -1}));
  one.oracle = [](const Given& g) { return prepended(g, g.tokens); };
  Case& last = cases.emplace_back("the token comes last");
  add_prepended(last, last.copy({1, 1, 128}, {0, 1, -1}),
                last.tensor({1, 1, 128}, {0, last.add_successor(), -1}), true);
  last.oracle = [](const Given& g) { return prepended(g, g.tokens, true); };
  return cases;
}

}  // namespace fovea::test
