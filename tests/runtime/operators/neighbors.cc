#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_neighbors() {
  constexpr size_t kWidth = 70;
  Cases cases;
  for (const bool packed : {false, true}) {
    Case& c = cases.emplace_back(packed ? "packed" : "equal lengths");
    if (packed) c.pack();
    schema::NeighborsT attributes;
    attributes.before = 2;
    attributes.after = 1;
    const int32_t x = c.rows(kWidth), y = c.made(4 * kWidth);
    c.op(attributes, {x}, {y});
    c.output(y);
    c.oracle = [](const Given& g) {
      Doubles y;
      for (const Sequence& s : g.sequences) {
        for (size_t t = 0; t < s.rows; ++t) {
          for (size_t at = t; at < t + 4; ++at) {  // and 2 before
            for (size_t i = 0; i < kWidth; ++i) {
              const bool there = at >= 2 && at - 2 < s.rows;
              y.push_back(there ? g.inputs[0][(s.first + at - 2) * kWidth + i] : 0);
            }
          }
        }
      }
      return y;
    };
    c.wrong = {
        {"before", [](auto& o) { o.attributes.AsNeighbors()->before = 3; }},
        {"after", [](auto& o) { o.attributes.AsNeighbors()->after = 0; }},
        {"a sum past 32 bits", [](auto& o) { o.attributes.AsNeighbors()->before = 0xffffffff; }}};
  }
  return cases;
}

}  // namespace fovea::test
