#include "tests/runtime/operators/case.h"

namespace fovea::test {

Cases cases_filters() {
  Cases cases;
  Case& c = cases.emplace_back();
  schema::FiltersT a;
  uint32_t weights = 0;
  for (uint32_t j = 0; j < 130; ++j) {
    a.firsts.push_back(j * 7 % 50);
    a.counts.push_back(j % 5 == 3 ? 0 : 1 + j % 50);  // the last one of these ends with the row
    if (a.firsts.back() + a.counts.back() > 60) a.counts.back() = 60 - a.firsts.back();
    weights += a.counts.back();
  }
  a.firsts[0] = 60;
  weights -= a.counts[0];
  a.counts[0] = 0;
  const int32_t x = c.rows(60), y = c.made(130);
  c.op(a, {x}, {y}, {c.weight(schema::Layout::Plain, {weights})});
  c.output(y);
  c.terms = 50;
  c.oracle = [a](const Given& g) {
    Doubles y;
    for (size_t r = 0; r < g.inputs[0].size() / 60; ++r) {
      size_t at = 0;
      for (size_t j = 0; j < 130; ++j) {
        double sum = 0;
        for (size_t i = 0; i < a.counts[j]; ++i) {
          sum += g.inputs[0][r * 60 + a.firsts[j] + i] * g.weights[0][at++];
        }
        y.push_back(sum);
      }
    }
    return y;
  };
  const auto with = [](auto change) {
    return [change](schema::OperatorT& o) { change(*o.attributes.AsFilters()); };
  };
  c.wrong = {{"no firsts", with([](auto& f) { f.firsts.clear(); }), "firsts"},
             {"no counts", with([](auto& f) { f.counts.clear(); }), "counts"},
             {"a count less", with([](auto& f) { f.counts.pop_back(); }), "counts"},
             {"a first past the row", with([](auto& f) { f.firsts[0] = 61; }), "firsts"},
             {"past the row", with([](auto& f) { ++f.firsts[129], f.counts[129] = 60; }), "counts"},
             {"a sum that wraps", with([](auto& f) { f.counts[1] = 0xffffffff; }), "counts"},
             {"more weights", with([](auto& f) { ++f.counts[1]; })},
             {"fewer weights", with([](auto& f) { --f.counts[1]; })}};
  return cases;
}

}  // namespace fovea::test
