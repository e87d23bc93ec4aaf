#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_embedding() {
  Cases cases;
  for (const auto layout : {schema::Layout::Plain, schema::Layout::Panels16}) {
    Case& c = cases.emplace_back(schema::EnumNameLayout(layout));
    schema::EmbeddingT attributes;
    attributes.scale = 3.0f;
    const int32_t ids = c.numbers({1, 1}, {0, 1}), y = c.made(128);
    c.op(attributes, {ids}, {y}, {c.weight(layout, {19, 128})});
    c.output(y);
    c.oracle = [](const Given& g) {
      Doubles y;
      for (const double id : g.inputs[0]) {
        for (size_t i = 0; i < 128; ++i) {
          y.push_back(3 * g.weights[0][static_cast<size_t>(id) * 128 + i]);
        }
      }
      return y;
    };
  }
  return cases;
}

}  // namespace fovea::test
