#include <algorithm>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_pool() {
  Cases cases;
  for (const int i : {0, 1, 2, 3, 4, 5, 6}) {
    const auto kind = i % 2 == 0 ? schema::PoolKind::Mean : schema::PoolKind::Max;
    Case& c = cases.emplace_back(schema::EnumNamePoolKind(kind));
    const bool fixed = i > 5;  // then more tokens than are left out are always there
    const uint32_t before = i < 4 ? 0 : 3;
    if (i > 1 && !fixed) c.pack();
    schema::PoolT attributes;
    attributes.kind = kind;
    attributes.first = before;
    const int32_t x = fixed ? c.copy({1, 9, 2100}, {0, -1, -1}) : c.rows(2100);
    const int32_t y = c.tensor({1, 2100}, {0, -1});
    c.op(attributes, {x}, {y});
    c.output(y);
    const bool all_left_out = before > 0 && !fixed;  // now and then: x shows that the case ran
    if (all_left_out) c.output(x);
    c.terms = kind == schema::PoolKind::Mean ? kCaseTokens : 1;
    c.oracle = [kind, before, fixed, all_left_out](const Given& g) {
      Doubles y;
      for (size_t b = 0; b < g.batch; ++b) {
        const Sequence s = fixed ? Sequence{b * 9, 9} : g.sequences[b];
        for (size_t i = 0; i < 2100; ++i) {
          double sum = 0, most = -1e300;
          for (size_t t = before; t < s.rows; ++t) {
            const double x = g.inputs[0][(s.first + t) * 2100 + i];
            sum += x;
            most = std::max(most, x);
          }
          const double pooled = kind == schema::PoolKind::Mean ? sum / (s.rows - before) : most;
          y.push_back(s.rows <= before ? 0 : pooled);
        }
      }
      if (all_left_out) y.insert(y.end(), g.inputs[0].begin(), g.inputs[0].end());
      return y;
    };
    c.wrong = {{"kind", [](auto& o) { o.attributes.AsPool()->kind = schema::PoolKind(2); }}};
    if (fixed) {
      c.wrong.push_back({"first", [](auto& o) { o.attributes.AsPool()->first = 9; }, "first"});
    }
  }
  return cases;
}

}  // namespace fovea::test
