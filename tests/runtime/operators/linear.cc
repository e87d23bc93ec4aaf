#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_linear() {
  Cases cases;
  // Square, so that working over x would show.
  for (const bool all : {false, true}) {
    Case& c = cases.emplace_back(all ? "bias and residual" : "matrix only");
    schema::LinearT attributes;
    attributes.function = schema::Function::GeluErf;
    const int32_t x = c.rows(100), residual = all ? c.rows(100) : -1, y = c.made(100);
    auto& op = c.op(attributes, {x}, {y}, {c.weight(schema::Layout::Panels16, {100, 100})});
    if (all) {
      op.inputs.push_back(residual);
      op.weights.push_back(c.weight(schema::Layout::Row16, {100}));
    }
    c.output(y);
    c.terms = 100;
    c.oracle = [all](const Given& g) {
      const Doubles& x = g.inputs[0];
      Doubles y = linear(x, g.weights[0], all ? g.weights[1] : Doubles(), x.size() / 100, 100, 100);
      for (size_t i = 0; i < y.size(); ++i) {
        y[i] = apply(kernels::Function::kGeluErf, y[i]) + (all ? g.inputs[1][i] : 0);
      }
      return y;
    };
    c.wrong = {
        {"function", [](auto& o) { o.attributes.AsLinear()->function = schema::Function(7); }}};
  }
  return cases;
}

}  // namespace fovea::test
