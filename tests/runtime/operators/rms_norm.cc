#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_rms_norm() {
  Cases cases;
  Case& c = cases.emplace_back();
  schema::RmsNormT attributes;
  attributes.epsilon = 1e-5f;
  const int32_t x = c.rows(128), y = c.made(128);
  c.op(attributes, {x}, {y}, {c.weight(schema::Layout::Row16, {128})});
  c.output(y);
  c.terms = 128;
  c.oracle = [](const Given& g) { return rms_norm(g.inputs[0], g.weights[0], 128, 1e-5f); };
  for (const float epsilon : {-1.0f, 1.0f, NAN}) {
    c.wrong.push_back({"epsilon", [=](auto& o) { o.attributes.AsRmsNorm()->epsilon = epsilon; }});
  }
  return cases;
}

}  // namespace fovea::test
