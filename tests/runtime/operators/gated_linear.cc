#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_gated_linear() {
  Cases cases;
  // Square, so that working over x would show.
  for (const bool bias : {false, true}) {
    Case& c = cases.emplace_back(bias ? "biases" : "matrices only");
    schema::GatedLinearT attributes;
    attributes.function = schema::Function::Silu;
    const int32_t x = c.rows(100), y = c.made(100);
    auto& op = c.op(attributes, {x}, {y}, {c.weight(schema::Layout::GatedPanels16, {2, 100, 100})});
    if (bias) op.weights.push_back(c.weight(schema::Layout::GatedRow16, {2, 100}));
    c.output(y);
    c.terms = 100;
    c.oracle = [bias](const Given& g) {
      const auto half = [](const Doubles& x, bool second) {
        const auto middle = x.begin() + static_cast<long>(x.size() / 2);
        return second ? Doubles(middle, x.end()) : Doubles(x.begin(), middle);
      };
      const auto product = [&](bool up) {
        return linear(g.inputs[0], half(g.weights[0], up),
                      bias ? half(g.weights[1], up) : Doubles(), g.inputs[0].size() / 100, 100,
                      100);
      };
      Doubles y = product(false);
      const Doubles up = product(true);
      for (size_t i = 0; i < y.size(); ++i) y[i] = apply(kernels::Function::kSilu, y[i]) * up[i];
      return y;
    };
    c.wrong = {{"function",
                [](auto& o) { o.attributes.AsGatedLinear()->function = schema::Function(7); }}};
  }
  return cases;
}

}  // namespace fovea::test
