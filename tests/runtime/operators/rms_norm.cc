#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

static void add_norm(Case& c, uint32_t groups) {
  schema::RmsNormT attributes;
  attributes.epsilon = 1e-5f;
  attributes.groups = groups;
  const int32_t x = c.rows(128), y = c.made(128);
  c.op(attributes, {x}, {y}, {c.weight(schema::Layout::Row16, {128 / groups})});
  c.output(y);
  c.terms = 128;
  c.oracle = [=](const Given& g) {
    return rms_norm(g.inputs[0], g.weights[0], 128 / groups, 1e-5f);
  };
  for (const float epsilon : {-1.0f, 1.0f, NAN}) {
    c.wrong.push_back({"epsilon", [=](auto& o) { o.attributes.AsRmsNorm()->epsilon = epsilon; }});
  }
  for (const uint32_t wrong : {0u, 3u, 256u}) {
    c.wrong.push_back({"groups", [=](auto& o) { o.attributes.AsRmsNorm()->groups = wrong; }});
  }
}

Cases cases_rms_norm() {
  Cases cases;
  add_norm(cases.emplace_back("whole rows"), 1);
  add_norm(cases.emplace_back("rows in groups"), 8);
  return cases;
}

}  // namespace fovea::test
