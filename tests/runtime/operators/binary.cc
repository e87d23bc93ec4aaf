#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_binary() {
  Cases cases;
  for (const bool repeats : {false, true}) {
    Case& c = cases.emplace_back(repeats ? "one row for all" : "row by row");
    schema::BinaryT attributes;
    attributes.kind = schema::BinaryKind::Subtract;
    const int32_t a = c.rows(128), b = repeats ? c.copy({128}, {-1}) : c.rows(128);
    const int32_t y = c.made(128);
    c.op(attributes, {a, b}, {y});
    c.output(y);
    c.oracle = [](const Given& g) {
      Doubles y = g.inputs[0];
      for (size_t i = 0; i < y.size(); ++i) y[i] -= g.inputs[1][i % g.inputs[1].size()];
      return y;
    };
    c.wrong = {{"kind", [](auto& o) { o.attributes.AsBinary()->kind = schema::BinaryKind(3); }}};
  }
  return cases;
}

}  // namespace fovea::test
