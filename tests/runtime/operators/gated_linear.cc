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
    c.wrong = {{"function",
                [](auto& o) { o.attributes.AsGatedLinear()->function = schema::Function(7); }}};
  }
  return cases;
}

}  // namespace fovea::test
