#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_activation() {
  Cases cases;
  Case& c = cases.emplace_back();
  schema::ActivationT attributes;
  attributes.function = schema::Function::Silu;
  const int32_t x = c.rows(128), y = c.made(128);
  c.op(attributes, {x}, {y});
  c.output(y);
  c.oracle = [](const Given& g) {
    return map(g.inputs[0], [](double x) { return apply(kernels::Function::kSilu, x); });
  };
  c.wrong = {
      {"function", [](auto& o) { o.attributes.AsActivation()->function = schema::Function(7); }}};
  return cases;
}

}  // namespace fovea::test
