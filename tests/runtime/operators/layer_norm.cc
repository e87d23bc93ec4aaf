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
  for (const float epsilon : {-1.0f, 1.0f, NAN}) {
    c.wrong.push_back({"epsilon", [=](auto& o) { o.attributes.AsLayerNorm()->epsilon = epsilon; }});
  }
  return cases;
}

}  // namespace fovea::test
