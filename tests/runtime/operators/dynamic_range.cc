#include <algorithm>
#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_dynamic_range() {
  Cases cases;
  for (const bool packed : {false, true}) {
    Case& c = cases.emplace_back(packed ? "packed" : "a batch");
    if (packed) c.pack();
    schema::DynamicRangeT a;
    a.range = 0.75f;
    a.factor = 0.25f;
    a.offset = 1.5f;
    const int32_t x = c.rows(20), y = c.made(20);
    c.op(a, {x}, {y});
    c.output(y);
    c.oracle = [](const Given& g) {
      Doubles y;
      for (const Sequence& s : g.sequences) {
        double largest = -1e300;
        for (size_t i = 0; i < s.rows * 20; ++i) {
          largest = std::max(largest, g.inputs[0][s.first * 20 + i]);
        }
        for (size_t i = 0; i < s.rows * 20; ++i) {
          y.push_back(0.25 * std::max(g.inputs[0][s.first * 20 + i], largest - 0.75) + 1.5);
        }
      }
      return y;
    };
    const auto with = [](auto change) {
      return [change](schema::OperatorT& o) { change(*o.attributes.AsDynamicRange()); };
    };
    c.wrong = {{"a negative range", with([](auto& f) { f.range = -1; }), "range"},
               {"no range", with([](auto& f) { f.range = NAN; }), "range"},
               {"an endless range", with([](auto& f) { f.range = INFINITY; }), "range"},
               {"factor", with([](auto& f) { f.factor = INFINITY; }), "factor"},
               {"offset", with([](auto& f) { f.offset = NAN; }), "offset"}};
  }
  return cases;
}

}  // namespace fovea::test
