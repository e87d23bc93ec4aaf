#include <algorithm>
#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_logarithm() {
  Cases cases;
  Case& c = cases.emplace_back();
  schema::LogarithmT a;
  a.least = 1e-3f;
  a.factor = 0.75f;
  a.offset = -2.5f;
  const int32_t x = c.rows(128), y = c.made(128);
  c.op(a, {x}, {y});
  c.output(y);
  c.oracle = [](const Given& g) {
    return map(g.inputs[0],
               [](double x) { return 0.75 * std::log2(std::max(x, double{1e-3f})) - 2.5; });
  };
  const auto with = [](auto change) {
    return [change](schema::OperatorT& o) { change(*o.attributes.AsLogarithm()); };
  };
  c.wrong = {{"zero", with([](auto& f) { f.least = 0; }), "least"},
             {"a subnormal number", with([](auto& f) { f.least = 0x1p-127f; }), "least"},
             {"no number", with([](auto& f) { f.least = NAN; }), "least"},
             {"an infinity", with([](auto& f) { f.least = INFINITY; }), "least"},
             {"factor", with([](auto& f) { f.factor = NAN; }), "factor"},
             {"offset", with([](auto& f) { f.offset = -INFINITY; }), "offset"}};
  return cases;
}

}  // namespace fovea::test
