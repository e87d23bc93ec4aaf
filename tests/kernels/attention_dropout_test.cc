#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/kernels/attention_case.h"

using namespace fovea;
using namespace fovea::test;

namespace {

Drops any_drops(Random& random) {
  const auto word = [&] { return static_cast<uint32_t>(random.from(0, UINT32_MAX)); };
  const float probabilities[] = {0.01f, 0.1f, 0.5f, 0.9f};
  return {probabilities[random.from(0, 3)], word(), word(), word()};
}

// Of the whole case against double precision.
std::string compare(const AttentionCase& c, const Drops& drops, const std::vector<float>& y) {
  Doubles expected, tolerance;
  for (size_t i = 0; i < c.shape.rows * c.shape.heads; ++i) {
    const AttendedWithin result = exact(c, i, &drops);
    expected.insert(expected.end(), result.of.y.begin(), result.of.y.end());
    tolerance.insert(tolerance.end(), result.tolerance.begin(), result.tolerance.end());
  }
  return difference(y, expected, tolerance);
}

std::vector<std::pair<size_t, size_t>> random_runs(size_t keys, Random& random) {
  if (keys == 0 || random.coin()) return {};
  const std::vector<size_t> cuts = random_cuts(keys, random);
  return {{0, cuts[0]}, {cuts[0], cuts[1]}, {cuts[1], keys}};
}

// How often two lists have the same, less what chance makes of it, in its standard deviations.
double agreement(const std::vector<bool>& a, const std::vector<bool>& b, double p) {
  double same = 0;
  for (size_t i = 0; i < a.size(); ++i) same += a[i] == b[i];
  const double n = static_cast<double>(a.size()), chance = p * p + (1 - p) * (1 - p);
  return std::fabs(same - n * chance) / std::sqrt(n * chance * (1 - chance));
}

std::vector<bool> dropped(const Drops& of, uint32_t first_key, uint32_t queries, uint32_t keys) {
  Drops d = of;
  std::vector<bool> result;
  for (uint32_t q = 0; q < queries; ++q, ++d.query) {
    for (uint32_t k = 0; k < keys; ++k) result.push_back(d.factor(first_key + k) == 0);
  }
  return result;
}

}  // namespace

TEST_CASE("the generator gives the published numbers") {
  CHECK(threefry({}, {}) == Four{0x9c6ca96a, 0xe17eae66, 0xfc10ecd4, 0x5256a7d8});
  constexpr uint32_t kOnes = UINT32_MAX;
  CHECK(threefry({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes, kOnes, kOnes}) ==
        Four{0x2a881696, 0x57012287, 0xf6c7446e, 0xa16a6732});
  CHECK(threefry({0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89},
                 {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
        Four{0x59cd1dbb, 0xb8879579, 0x86b5d00c, 0xac8b6d84});
}

TEST_CASE(
    "dropout is that of the formulas, in pieces and in runs of keys, and reports are as ever") {
  for (const kernels::Kernels* row : distinct(exact_rows())) {
    Random random(41);
    for (int round = 0; round < 60; ++round) {
      AttentionCase c = any_form(random);
      c.first_head = 0;
      const Drops drops = any_drops(random);
      std::string problem;
      const auto all = [&](const kernels::Kernels& on, Told* told) {
        const AttentionPart part = {&c,   0,     c.shape.rows, random_runs(c.shape.keys, random),
                                    told, &drops};
        return run_together({part}, on, random, &problem, random.from(0, 30))[0];
      };
      const std::vector<float> y = all(*row, nullptr);
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(round);
      CHECK(compare(c, drops, y) == "");
      CHECK(same_bits(y, all(*exact_rows().front(), nullptr)));
      const size_t cut = random.from(0, c.shape.rows - 1), width = y.size() / c.shape.rows;
      const auto tail =
          run_together({{&c, cut, c.shape.rows, {}, nullptr, &drops}}, *row, random, &problem, 0);
      CHECK(same_bits(tail[0], {y.begin() + static_cast<ptrdiff_t>(cut * width), y.end()}));
      Told told, before;
      CHECK(same_bits(all(*row, &told), y));
      run_together({{&c, 0, c.shape.rows, {}, &before}}, *row, random, &problem, 0);
      for (size_t i = 0; i < told.all().size(); ++i) {
        CHECK(same_bits(*told.all()[i], *before.all()[i]));
      }
      CHECK(problem == "");
    }
  }
}

// Values are rows of the identity, so that the result is the weights.
TEST_CASE("each weight is dropped or divided, by seed, pass, layer, head, query and key") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
    Random random(42);
    for (const size_t first : {0, 1000}) {
      AttentionCase c({5, 3, 4, 70, 70, first, false}, random);
      c.first_head = 2;
      std::fill(c.values.begin(), c.values.end(), 0.0f);
      for (size_t t = 0; t < 70; ++t) c.values[t * 70 + t] = 1;
      Drops drops = {0.25f, 1, 2, 3};
      std::string problem;
      const auto y = run_together({{&c, 0, 5, {}, nullptr, &drops}}, *row, random, &problem, 0)[0];
      for (size_t i = 0; i < y.size(); ++i) {
        drops.query = static_cast<uint32_t>(first + i / (3 * 70));
        drops.head = static_cast<uint32_t>(2 + i / 70 % 3);
        CHECK((y[i] == 0) == (drops.factor(static_cast<uint32_t>(i % 70)) == 0));
      }
      CHECK(problem == "");
    }
  }
}

TEST_CASE("the share of what is dropped is the probability") {
  for (const float p : {0x1p-10f, 0.1f, 0.5f, 0.75f}) {
    const std::vector<bool> list = dropped({p, 7, 0, 1, 2}, 0, 300, 1000);
    const double n = static_cast<double>(list.size());
    const double found = static_cast<double>(std::count(list.begin(), list.end(), true));
    CHECK(std::fabs(found - n * double{p}) < 5 * std::sqrt(n * double{p} * (1 - double{p})));
  }
}

TEST_CASE("neighbours are dropped independently of each other") {
  const double p = 0.3;
  const Drops d = {0.3f, 11, 4, 5, 6, 100};
  constexpr uint32_t kQueries = 200, kKeys = 300;
  const std::vector<bool> list = dropped(d, 0, kQueries, kKeys);
  const auto apart = [&](uint32_t Drops::*of, uint32_t by) {
    Drops other = d;
    other.*of += by;
    return agreement(list, dropped(other, 0, kQueries, kKeys), p);
  };
  for (const uint32_t by : {1u, 2u, 16u, 32u, 64u, 128u}) {
    CAPTURE(by);
    CHECK(agreement(list, dropped(d, by, kQueries, kKeys), p) < 5);
    for (const auto of : {&Drops::seed, &Drops::pass, &Drops::layer, &Drops::head, &Drops::query}) {
      CHECK(apart(of, by) < 5);
    }
  }
}
