#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_hide_token() {
  Cases cases;
  for (const uint32_t width : {130u, 130u, 2u}) {
    const bool packed = cases.size() == 1;
    Case& c = cases.emplace_back(packed ? "packed" : width < 130 ? "narrow rows" : "equal lengths");
    if (packed) c.pack();
    schema::HideTokenT attributes;
    attributes.token = 0;
    attributes.factor = 0.88f;
    const int32_t x = c.rows(width);
    const int32_t ids = packed ? c.numbers({1, 1}, {1, -1}) : c.numbers({1, 1}, {0, 1});
    const int32_t y = c.made(width);
    c.op(attributes, {x, ids}, {y});
    c.output(y);
    c.oracle = [width](const Given& g) {
      Doubles y;
      for (const Sequence& s : g.sequences) {
        double hidden = 0;
        for (size_t t = 0; t < s.rows; ++t) hidden += g.inputs[1][s.first + t] == 0 ? 1 : 0;
        const double factor = double{0.88f} / (1 - hidden / static_cast<double>(s.rows));
        for (size_t t = s.first; t < s.first + s.rows; ++t) {
          const bool hides = g.inputs[1][t] == 0;
          for (size_t i = 0; i < width; ++i) {
            y.push_back(hides ? 0 : g.inputs[0][t * width + i] * factor);
          }
        }
      }
      return y;
    };
    const int32_t few = c.input({3}, {-1}, schema::DType::Int32);
    c.terms = 4;
    c.wrong = {{"factor", [](auto& o) { o.attributes.AsHideToken()->factor = NAN; }, "factor"},
               {"other ids", [few](auto& o) { o.inputs[1] = few; }}};
  }
  return cases;
}

}  // namespace fovea::test
