#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_softmax() {
  Cases cases;
  Case& c = cases.emplace_back();
  const int32_t x = c.rows(128), y = c.made(128);
  c.op(schema::SoftmaxT(), {x}, {y});
  c.output(y);
  return cases;
}

}  // namespace fovea::test
