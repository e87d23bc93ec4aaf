#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_add_positions() {
  Cases cases;
  for (const int32_t i : {0, 1, 2, 3}) {
    const int32_t cache = i % 2 - 1;
    Case& c = cases.emplace_back(cache < 0 ? "from 0" : "from the cache's length");
    if (i > 1) c.pack();
    c.add_cache();
    schema::AddPositionsT attributes;
    attributes.cache = cache;
    const int32_t x = c.rows(128), y = c.made(128);
    c.op(attributes, {x}, {y}, {c.weight(schema::Layout::Plain, {kCaseTokens, 128})});
    c.output(y);
    c.oracle = [](const Given& g) {
      Doubles y = g.inputs[0];
      const std::vector<size_t> positions = g.positions();
      for (size_t i = 0; i < y.size(); ++i)
        y[i] += g.weights[0][positions[i / 128] * 128 + i % 128];
      return y;
    };
    c.wrong = {{"cache", [](auto& o) { o.attributes.AsAddPositions()->cache = 1; }}};
  }
  return cases;
}

}  // namespace fovea::test
