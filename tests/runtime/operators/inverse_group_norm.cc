#include <cmath>

#include "tests/runtime/operators/missing.h"

namespace fovea::test {
namespace {

constexpr double kEpsilon = 1e-3;

// Of 8 * groups rows of 20 numbers; statistics are of x, `width` columns.
void add_inverse_norm(Case& c, uint32_t width, uint32_t groups) {
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
             {"epsilon", with([](auto& f) { f.epsilon = NAN; }), "epsilon"},
             {"a negative factor", with([](auto& f) { f.flat = -1; }), "flat"},
             {"a factor", with([](auto& f) { f.flat = NAN; }), "flat"}};
}

// Of the numbers that are there.
void add_missing_inverse(Case& c, uint32_t groups) {
  schema::InverseGroupNormT a;
  a.epsilon = static_cast<float>(kEpsilon);
  a.groups = groups;
  a.missing = true;
  const int32_t x = add_missing(c);
  const int32_t z = c.copy({1, groups, 20}, {0, -1, -1});
  const int32_t y = c.tensor({1, 20, groups}, {0, -1, -1});
  c.op(a, {z, x}, {y});
  c.output(y);
  c.terms = 2 * kCaseTokens * kPieceWidth / groups;
  c.oracle = [=](const Given& g) {
    const Doubles x = missing_of(g);
    const size_t each = kPieceWidth / groups;
    Doubles y(g.batch * 20 * groups);
    for (size_t i = 0; i < y.size(); ++i) {
      const size_t b = i / groups / 20, group = i % groups, at = i / groups % 20;
      const auto [mean, deviation] = moments_of(group_of(x, b, group * each, each), kEpsilon);
      y[i] = g.inputs[1][(b * groups + group) * 20 + at] * deviation + mean;
    }
    return y;
  };
}

// Of numbers that are all the same: z has its own factor.
void add_flat_inverse(Case& c) {
  schema::InverseGroupNormT a;
  a.flat = 0.25f;
  const int32_t z = c.copy({1, 8, 20}, {0, -1, -1});
  const int32_t x = c.rows(7), flat = c.made(7);
  schema::ActivationT nothing;
  nothing.factor = 0;
  c.op(nothing, {x}, {flat});
  const int32_t y = c.tensor({1, 160, 1}, {0, -1, -1});
  c.op(a, {z, flat}, {y});
  c.output(y);
  c.oracle = [](const Given& g) { return map(g.inputs[0], [](double v) { return 0.25 * v; }); };
}

}  // namespace

Cases cases_inverse_group_norm() {
  Cases cases;
  add_inverse_norm(cases.emplace_back("columns"), 7, 7);
  add_inverse_norm(cases.emplace_back("groups of a few columns"), 12, 4);
  add_inverse_norm(cases.emplace_back("one group"), 16, 1);
  add_missing_inverse(cases.emplace_back("some numbers are missing"), 3);
  add_missing_inverse(cases.emplace_back("some numbers of one group are missing"), 1);
  add_flat_inverse(cases.emplace_back("the same numbers"));
  return cases;
}

}  // namespace fovea::test
