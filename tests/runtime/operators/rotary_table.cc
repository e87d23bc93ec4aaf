#include <algorithm>
#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_rotary_table() {
  Cases cases;
  for (const int32_t i : {0, 1, 2, 3, 4, 7}) {
    const int32_t cache = i % 2 - 1;
    Case& c = cases.emplace_back(cache < 0 ? "of this run" : "after a cache");
    if ((i & 2) != 0) c.pack();
    c.add_cache();
    schema::RotaryTableT attributes;
    attributes.cache = cache;
    attributes.factor = 1.25f;
    const size_t most = i < 4 ? UINT32_MAX : 5;
    attributes.most = static_cast<uint32_t>(most);
    const int32_t table = c.made(128);
    c.op(attributes, {}, {table}, {c.weight(schema::Layout::Plain, {64})});
    c.output(table);
    c.terms = kCaseTokens * kCaseTokens;  // an angle's error grows with the position
    c.oracle = [most](const Given& g) {
      Doubles y;
      for (const size_t row : g.positions()) {
        const size_t position = std::min(row, most);
        for (double f : g.weights[0])
          y.push_back(1.25 * std::cos(static_cast<double>(position) * f));
        for (double f : g.weights[0])
          y.push_back(1.25 * std::sin(static_cast<double>(position) * f));
      }
      return y;
    };
    const int32_t narrow = c.weight(schema::Layout::Plain, {63});
    const int32_t matrix = c.weight(schema::Layout::Plain, {64, 1});
    c.wrong = {{"factor", [](auto& o) { o.attributes.AsRotaryTable()->factor = 0; }},
               {"cache", [](auto& o) { o.attributes.AsRotaryTable()->cache = 1; }},
               {"frequencies", [narrow](auto& o) { o.weights[0] = narrow; }},
               {"matrix", [matrix](auto& o) { o.weights[0] = matrix; }}};
  }
  return cases;
}

}  // namespace fovea::test
