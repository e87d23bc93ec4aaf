#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_layer_norm() {
  Cases cases;
  Case& c = cases.emplace_back();
  schema::LayerNormT attributes;
  attributes.epsilon = 1e-5f;
  const int32_t x = c.rows(128), y = c.made(128);
  c.op(attributes, {x}, {y},
       {c.weight(schema::Layout::Row16, {128}), c.weight(schema::Layout::Row16, {128})});
  c.output(y);
  c.terms = 128;
  c.oracle = [](const Given& g) {
    return layer_norm(g.inputs[0], g.weights[0], g.weights[1], 128, 1e-5f);
  };
  for (const float epsilon : {-1.0f, 1.0f, NAN}) {
    c.wrong.push_back({"epsilon", [=](auto& o) { o.attributes.AsLayerNorm()->epsilon = epsilon; }});
  }
  return cases;
}

}  // namespace fovea::test
