#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

// With `own`, each group has its own weights.
static void add_layer_norm(Case& c, uint32_t groups, bool own = false) {
  schema::LayerNormT attributes;
  attributes.epsilon = 1e-5f;
  attributes.groups = groups;
  const int32_t x = c.rows(128), y = c.made(128);
  c.op(attributes, {x}, {y},
       {c.weight(schema::Layout::Row16, {own ? 128 : 128 / groups}),
        c.weight(schema::Layout::Row16, {own ? 128 : 128 / groups})});
  c.output(y);
  c.terms = 128;
  c.oracle = [=](const Given& g) {
    const Doubles ones(128 / groups, 1.0), zeros(128 / groups, 0.0);
    Doubles y = layer_norm(g.inputs[0], own ? ones : g.weights[0], own ? zeros : g.weights[1],
                           128 / groups, 1e-5f);
    for (size_t i = 0; own && i < y.size(); ++i) {
      y[i] = y[i] * g.weights[0][i % 128] + g.weights[1][i % 128];
    }
    return y;
  };
  for (const float epsilon : {-1.0f, 1.0f, NAN}) {
    c.wrong.push_back({"epsilon", [=](auto& o) { o.attributes.AsLayerNorm()->epsilon = epsilon; }});
  }
  for (const uint32_t wrong : {0u, 3u, 256u}) {
    c.wrong.push_back({"groups", [=](auto& o) { o.attributes.AsLayerNorm()->groups = wrong; }});
  }
}

Cases cases_layer_norm() {
  Cases cases;
  add_layer_norm(cases.emplace_back("whole rows"), 1);
  add_layer_norm(cases.emplace_back("rows in groups"), 8);
  add_layer_norm(cases.emplace_back("groups with weights of their own"), 8, true);
  return cases;
}

}  // namespace fovea::test
