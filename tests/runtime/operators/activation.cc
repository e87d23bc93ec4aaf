#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_activation() {
  Cases cases;
  for (const float factor : {1.0f, -0.75f}) {
    const auto function = factor == 1 ? schema::Function::Silu : schema::Function::None;
    Case& c = cases.emplace_back(schema::EnumNameFunction(function));
    schema::ActivationT attributes;
    attributes.function = function;
    attributes.factor = factor;
    const int32_t x = c.rows(128), y = c.made(128);
    c.op(attributes, {x}, {y});
    c.output(y);
    c.oracle = [factor, function](const Given& g) {
      return map(g.inputs[0], [&](double x) {
        return factor * apply(static_cast<kernels::Function>(function), x);
      });
    };
    c.wrong = {
        {"function", [](auto& o) { o.attributes.AsActivation()->function = schema::Function(7); }},
        {"factor", [](auto& o) { o.attributes.AsActivation()->factor = NAN; }}};
  }
  return cases;
}

}  // namespace fovea::test
