#include <cmath>

#include "tests/runtime/operators/missing.h"

namespace fovea::test {
namespace {

void add_group_norm(Case& c, uint32_t width, uint32_t groups, size_t weights) {
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
             {"epsilon", with([](auto& f) { f.epsilon = NAN; }), "epsilon"},
             {"a negative divisor", with([](auto& f) { f.flat = -1; }), "flat"},
             {"a divisor", with([](auto& f) { f.flat = NAN; }), "flat"},
             {"a divisor without end", with([](auto& f) { f.flat = INFINITY; }), "flat"}};
}

// Of the numbers that are there; what is not stays so, which a mask shows.
void add_missing_norm(Case& c, uint32_t groups) {
  schema::GroupNormT a;
  a.epsilon = 1e-3f;
  a.groups = groups;
  a.missing = true;
  const int32_t x = add_missing(c);
  const int32_t normed = c.tensor({1, kPieces, kPieceWidth}, {0, -1, -1});
  const int32_t y = c.tensor({1, kPieces, 2 * kPieceWidth}, {0, -1, -1});
  c.op(a, {x}, {normed});
  c.op(schema::ObservedT(), {normed}, {y});
  c.output(y);
  c.terms = 2 * kCaseTokens * kPieceWidth / groups;
  c.oracle = [=](const Given& g) {
    const Doubles x = missing_of(g);
    Doubles y(2 * x.size());
    const size_t each = kPieceWidth / groups;
    for (size_t i = 0; i < g.batch * groups; ++i) {
      const Doubles all = group_of(x, i / groups, i % groups * each, each);
      const auto [mean, deviation] = moments_of(all, 1e-3);
      for (size_t r = 0; r < kPieces; ++r) {
        for (size_t k = 0; k < each; ++k) {
          const size_t row = i / groups * kPieces + r, column = i % groups * each + k;
          const double number = x[row * kPieceWidth + column];
          const bool there = !std::isnan(number);
          y[2 * row * kPieceWidth + column] = there ? (number - mean) / deviation : 0;
          y[(2 * row + 1) * kPieceWidth + column] = there ? 1 : 0;
        }
      }
    }
    return y;
  };
}

// Numbers that are all the same lose their mean, and are divided by something.
void add_flat(Case& c, bool missing) {
  schema::GroupNormT a;
  a.flat = 0.25f;
  a.missing = missing;
  const int32_t x = c.rows(72), flat = c.made(72), same = c.made(72), y = c.made(72);
  schema::ActivationT nothing;
  nothing.factor = 0;
  c.op(nothing, {x}, {flat});
  c.op(schema::BinaryT(), {flat, c.input({72}, {-1}, schema::DType::Float32)}, {same});
  a.groups = 72;
  c.op(a, {same}, {y},
       {c.weight(schema::Layout::Row16, {72}), c.weight(schema::Layout::Row16, {72})});
  c.output(y);
  c.oracle = [](const Given& g) {
    Doubles y;
    for (size_t i = 0; i < g.inputs[0].size(); ++i) y.push_back(g.weights[1][i % 72]);
    return y;
  };
}

}  // namespace

Cases cases_group_norm() {
  Cases cases;
  add_group_norm(cases.emplace_back("columns"), 72, 72, 2);
  add_group_norm(cases.emplace_back("groups of a few columns"), 60, 12, 1);
  add_group_norm(cases.emplace_back("groups of many columns"), 120, 3, 2);
  add_group_norm(cases.emplace_back("one group"), 50, 1, 2);
  add_group_norm(cases.emplace_back("three columns, no weights"), 3, 1, 0);
  Case& packed = cases.emplace_back("packed");
  packed.pack();
  add_group_norm(packed, 36, 6, 2);
  add_missing_norm(cases.emplace_back("some numbers are missing"), 3);
  add_missing_norm(cases.emplace_back("some numbers of one group are missing"), 1);
  add_flat(cases.emplace_back("the same numbers"), false);
  add_flat(cases.emplace_back("the same numbers of which some may be missing"), true);
  return cases;
}

}  // namespace fovea::test
