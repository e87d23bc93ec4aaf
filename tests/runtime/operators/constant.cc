#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_constant() {
  Cases cases;
  Case& c = cases.emplace_back();
  const int32_t x = c.copy({1, 60, 100}, {0, -1, -1}), y = c.tensor({1, 60, 100}, {0, -1, -1});
  c.op(schema::ConstantT(), {}, {y}, {c.weight(schema::Layout::Plain, {60, 100})});
  const int32_t sum = c.tensor({1, 60, 100}, {0, -1, -1});
  schema::BinaryT add;
  c.op(add, {x, y}, {sum});
  c.output(sum);
  c.oracle = [](const Given& g) {
    Doubles y = g.inputs[0];
    for (size_t i = 0; i < y.size(); ++i) y[i] += g.weights[0][i % (60 * 100)];
    return y;
  };
  return cases;
}

}  // namespace fovea::test
