#include <algorithm>

#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_pool() {
  Cases cases;
  for (const int i : {0, 1, 2, 3}) {
    const auto kind = i % 2 == 0 ? schema::PoolKind::Mean : schema::PoolKind::Max;
    Case& c = cases.emplace_back(schema::EnumNamePoolKind(kind));
    if (i > 1) c.pack();
    schema::PoolT attributes;
    attributes.kind = kind;
    const int32_t x = c.rows(2100), y = c.tensor({1, 2100}, {0, -1});
    c.op(attributes, {x}, {y});
    c.output(y);
    c.terms = kind == schema::PoolKind::Mean ? kCaseTokens : 1;
    c.oracle = [kind](const Given& g) {
      Doubles y;
      for (const Sequence& s : g.sequences) {
        for (size_t i = 0; i < 2100; ++i) {
          double sum = 0, most = -1e300;
          for (size_t t = 0; t < s.rows; ++t) {
            const double x = g.inputs[0][(s.first + t) * 2100 + i];
            sum += x;
            most = std::max(most, x);
          }
          const double pooled = kind == schema::PoolKind::Mean ? sum / s.rows : most;
          y.push_back(s.rows == 0 ? 0 : pooled);
        }
      }
      return y;
    };
    c.wrong = {{"kind", [](auto& o) { o.attributes.AsPool()->kind = schema::PoolKind(2); }}};
  }
  return cases;
}

}  // namespace fovea::test
