#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_softmax() {
  Cases cases;
  Case& c = cases.emplace_back();
  const int32_t x = c.rows(128), y = c.made(128);
  c.op(schema::SoftmaxT(), {x}, {y});
  c.output(y);
  c.terms = 128;
  c.oracle = [](const Given& g) { return softmax(g.inputs[0], 128); };
  return cases;
}

}  // namespace fovea::test
