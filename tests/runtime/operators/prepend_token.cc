#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_prepend_token() {
  Cases cases;
  Case& c = cases.emplace_back();
  const int32_t x = c.copy({1, kCaseTokens, 128}, {0, -1, -1});
  const int32_t y = c.tensor({1, kCaseTokens + 1, 128}, {0, -1, -1});
  c.op(schema::PrependTokenT(), {x}, {y}, {c.weight(schema::Layout::Row16, {128})});
  c.output(y);
  c.oracle = [](const Given& g) {
    Doubles y;
    for (auto x = g.inputs[0].begin(); x != g.inputs[0].end(); x += kCaseTokens * 128) {
      y.insert(y.end(), g.weights[0].begin(), g.weights[0].end());
      y.insert(y.end(), x, x + kCaseTokens * 128);
    }
    return y;
  };
  return cases;
}

}  // namespace fovea::test
