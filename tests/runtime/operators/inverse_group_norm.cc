#include <cmath>

#include "tests/runtime/operators/case.h"

namespace fovea::test {
namespace {

constexpr double kEpsilon = 1e-3;

// Of 8 * groups rows of 20 numbers; statistics are of x, `width` columns.
void add_norm(Case& c, uint32_t width, uint32_t groups) {
  schema::InverseGroupNormT a;
  a.epsilon = static_cast<float>(kEpsilon);
  a.groups = groups;
  const uint32_t parts = 8 * groups;
  const int32_t z = c.copy({1, parts, 20}, {0, -1, -1});
  const int32_t x = c.rows(width);
  const int32_t y = c.tensor({1, 20 * 8, groups}, {0, -1, -1});
  c.op(a, {z, x}, {y});
  c.output(y);
  c.terms = kCaseTokens * width / groups;
  const size_t each = width / groups, made = 20 * 8;
  c.oracle = [=](const Given& g) {
    Doubles y(g.batch * made * groups);
    for (size_t b = 0; b < g.batch; ++b) {
      const Sequence& s = g.sequences[b];
      for (size_t group = 0; group < groups; ++group) {
        Doubles all;
        for (size_t i = 0; i < s.rows * each; ++i) {
          all.push_back(g.inputs[1][(s.first + i / each) * width + group * each + i % each]);
        }
        double mean = 0, variance = 0;
        for (const double v : all) mean += v / static_cast<double>(all.size());
        for (const double v : all) {
          variance += (v - mean) * (v - mean) / static_cast<double>(all.size());
        }
        for (size_t i = 0; i < made; ++i) {
          const double from = g.inputs[0][(b * groups + group) * made + i];
          y[(b * made + i) * groups + group] = from * std::sqrt(variance + kEpsilon) + mean;
        }
      }
    }
    return y;
  };
  const auto with = [](auto change) {
    return [change](schema::OperatorT& o) { change(*o.attributes.AsInverseGroupNorm()); };
  };
  c.wrong = {{"no groups", with([](auto& f) { f.groups = 0; }), "groups"},
             {"groups that do not divide x", with([](auto& f) { f.groups = 11; }), "groups"},
             {"more groups than columns", with([=](auto& f) { f.groups = 2 * width; }), "groups"},
             {"a negative epsilon", with([](auto& f) { f.epsilon = -1; }), "epsilon"},
             {"epsilon", with([](auto& f) { f.epsilon = NAN; }), "epsilon"}};
}

}  // namespace

Cases cases_inverse_group_norm() {
  Cases cases;
  add_norm(cases.emplace_back("columns"), 7, 7);
  add_norm(cases.emplace_back("groups of a few columns"), 12, 4);
  add_norm(cases.emplace_back("one group"), 16, 1);
  return cases;
}

}  // namespace fovea::test
