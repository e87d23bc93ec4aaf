#include <algorithm>
#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_clamp() {
  Cases cases;
  Case& c = cases.emplace_back();
  schema::ClampT attributes;
  attributes.least = -0.25f;
  attributes.most = 0.5f;
  const int32_t x = c.rows(128), y = c.made(128);
  c.op(attributes, {x}, {y});
  c.output(y);
  c.oracle = [](const Given& g) {
    return map(g.inputs[0], [](double x) { return std::clamp(x, -0.25, 0.5); });
  };
  c.wrong = {{"least", [](auto& o) { o.attributes.AsClamp()->least = -INFINITY; }, "least"},
             {"most", [](auto& o) { o.attributes.AsClamp()->most = NAN; }, "most"},
             {"nothing between", [](auto& o) { o.attributes.AsClamp()->most = -0.3f; }, "most"}};
  return cases;
}

}  // namespace fovea::test
