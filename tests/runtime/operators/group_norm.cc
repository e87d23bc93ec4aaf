#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

void add_norm(Case& c, uint32_t width, uint32_t groups, size_t weights) {
  schema::GroupNormT a;
  a.epsilon = 1e-3f;
  a.groups = groups;
  const int32_t x = c.rows(width), y = c.made(width);
  auto& op = c.op(a, {x}, {y});
  for (size_t i = 0; i < weights; ++i) {
    op.weights.push_back(c.weight(schema::Layout::Row16, {width}));
  }
  c.output(y);
  c.terms = kCaseTokens * width / groups;
  const uint32_t each = width / groups;
  c.oracle = [=](const Given& g) {
    Doubles y = g.inputs[0];
    for (const Sequence& s : g.sequences) {
      for (uint32_t group = 0; group < groups; ++group) {
        const auto at = [&](size_t i) -> double& {
          return y[(s.first + i / each) * width + group * each + i % each];
        };
        const size_t count = s.rows * each;
        double mean = 0, variance = 0;
        for (size_t i = 0; i < count; ++i) mean += at(i) / static_cast<double>(count);
        for (size_t i = 0; i < count; ++i) {
          variance += (at(i) - mean) * (at(i) - mean) / static_cast<double>(count);
        }
        for (size_t i = 0; i < count; ++i) at(i) = (at(i) - mean) / std::sqrt(variance + 1e-3);
      }
    }
    for (size_t i = 0; i < y.size(); ++i) {
      if (weights > 0) y[i] *= g.weights[0][i % width];
      if (weights > 1) y[i] += g.weights[1][i % width];
    }
    return y;
  };
  const auto with = [](auto change) {
    return [change](schema::OperatorT& o) { change(*o.attributes.AsGroupNorm()); };
  };
  c.wrong = {{"no groups", with([](auto& f) { f.groups = 0; }), "groups"},
             {"groups that do not divide", with([](auto& f) { f.groups = 11; }), "groups"},
             {"more groups than columns", with([=](auto& f) { f.groups = 2 * width; }), "groups"},
             {"a negative epsilon", with([](auto& f) { f.epsilon = -1; }), "epsilon"},
             {"epsilon", with([](auto& f) { f.epsilon = NAN; }), "epsilon"}};
}

}  // namespace

Cases cases_group_norm() {
  Cases cases;
  add_norm(cases.emplace_back("columns"), 72, 72, 2);
  add_norm(cases.emplace_back("groups of a few columns"), 60, 12, 1);
  add_norm(cases.emplace_back("groups of many columns"), 120, 3, 2);
  add_norm(cases.emplace_back("one group"), 50, 1, 2);
  add_norm(cases.emplace_back("three columns, no weights"), 3, 1, 0);
  Case& packed = cases.emplace_back("packed");
  packed.pack();
  add_norm(packed, 36, 6, 2);
  return cases;
}

}  // namespace fovea::test
