#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/kernels/attention_case.h"
#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

std::vector<AttentionShape> shapes() {
  std::vector<AttentionShape> all;
  for (size_t n : awkward_sizes(100)) all.push_back({2, 2, 8, n, 70, 68, true});
  for (size_t n : awkward_sizes(80)) all.push_back({3, 1, n, 16, 40, 0, false});
  for (size_t n : awkward_sizes(400)) all.push_back({2, 2, 12, 10, n, 0, false});
  for (size_t rows = 1; rows < 30; ++rows) all.push_back({rows, 1, 16, 20, rows, 0, true});
  for (size_t heads = 1; heads < 10; ++heads) all.push_back({7, heads, 8, 8, 150, 143, true});
  for (size_t first : {100, 126, 127, 128, 129, 255}) {
    all.push_back({20, 2, 8, 8, first + 20, first, true});
  }
  all.push_back({3, 2, 8, 8, 0, 0, false});
  all.push_back({40, 1, 64, 64, 300, 0, true});
  all.push_back({2, 3, 80, 80, 1000, 998, true});
  return all;
}

// The reference: every query on its own over the keys that it sees. The score's error is that of
// key_width multiply-adds, the scale and the subtraction; it enters the weights as a factor.
void expect(const AttentionCase& c, Doubles& expected, Doubles& tolerance) {
  const AttentionShape& s = c.shape;
  const Doubles q = to_doubles(c.query.data(), c.query.size());
  const Doubles k = to_doubles(c.keys.data(), c.keys.size());
  const Doubles v = to_doubles(c.values.data(), c.values.size());
  const double scale = static_cast<double>(c.scale);
  for (size_t i = 0; i < s.rows * s.heads; ++i) {
    const size_t limit = c.limit(i / s.heads);
    const double* query = &q[i * s.key_width];
    const Attended result =
        attend(query, k.data(), v.data(), limit, s.key_width, s.value_width, scale);
    double largest = 0.0;
    for (size_t t = 0; t < limit; ++t) {
      double size = 0.0;
      for (size_t d = 0; d < s.key_width; ++d) size += std::fabs(query[d] * k[t * s.key_width + d]);
      largest = std::max(largest, size * std::fabs(scale));
    }
    const double score = largest * (static_cast<double>(s.key_width) + 6) * kRounding;
    const double relative = 2 * score +
                            (static_cast<double>(std::min<size_t>(limit, 128)) + 30) * kRounding +
                            static_cast<double>(limit) / 128 * 6 * kRounding;
    for (size_t d = 0; d < s.value_width; ++d) {
      double size = 0.0;
      for (size_t t = 0; t < limit; ++t) {
        size += result.weights[t] * std::fabs(v[t * s.value_width + d]);
      }
      expected.push_back(result.y[d]);
      tolerance.push_back(relative * size);
    }
  }
}

std::string check(const kernels::Kernels& row, const AttentionCase& c, Random& random) {
  std::string problem;
  const std::vector<float> y = c.run(row, random, &problem);
  if (!problem.empty()) return problem;
  Doubles expected, tolerance;
  expect(c, expected, tolerance);
  return difference(y, expected, tolerance);
}

// Ends of runs: multiples of 16 below `keys`.
std::vector<size_t> random_cuts(size_t keys, Random& random) {
  const size_t last = (keys - 1) / 16 * 16;
  size_t a = random.from(0, last / 16) * 16, b = random.from(0, last / 16) * 16;
  if (a > b) std::swap(a, b);
  return {a, b};
}

}  // namespace

TEST_CASE("attention_f32 agrees with softmax(q k) v") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(11);
    for (const AttentionShape& shape : shapes()) {
      const AttentionCase c(shape, random);
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(shape.rows);
      CAPTURE(shape.heads);
      CAPTURE(shape.key_width);
      CAPTURE(shape.value_width);
      CAPTURE(shape.keys);
      CAPTURE(shape.first);
      CHECK(check(*row, c, random) == "");
    }
  }
}

TEST_CASE("scores far apart give a weight of exactly 0, and no subnormal trouble") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(12);
    AttentionCase c({1, 1, 4, 8, 300, 0, false}, random);
    for (float& v : c.query) v = 100.0f;
    c.scale = 1.0f;
    CHECK(check(*row, c, random) == "");
  }
}

TEST_CASE("a NaN in one query reaches all of its outputs and no other's") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(13);
    AttentionCase c({9, 2, 8, 20, 200, 191, true}, random);
    c.query[5 * 8 + 3] = std::nanf("");
    std::string problem;
    const std::vector<float> y = c.run(*row, random, &problem);
    CHECK(problem == "");
    for (size_t i = 0; i < y.size(); ++i) CHECK(std::isnan(y[i]) == (i / 20 == 5));
  }
}

TEST_CASE("a NaN in a seen key or value reaches every query that sees it") {
  for (const kernels::Kernels* row : runnable_rows()) {
    for (bool in_key : {false, true}) {
      Random random(14);
      AttentionCase c({4, 1, 8, 8, 300, 0, false}, random);
      (in_key ? c.keys : c.values)[140 * 8 + 2] = std::nanf("");
      std::string problem;
      const std::vector<float> y = c.run(*row, random, &problem);
      CHECK(problem == "");
      for (size_t i = 0; i < y.size(); ++i) CHECK(std::isnan(y[i]) == (in_key || i % 8 == 2));
    }
  }
}

TEST_CASE("infinite scores: -inf weighs nothing, nothing but -inf gives zeros") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(15);
    AttentionCase c({1, 1, 2, 8, 200, 0, false}, random);
    for (float& v : c.query) v = 1e30f;
    for (float& v : c.keys) v = -1e30f;
    c.scale = 1.0f;
    std::string problem;
    for (float v : c.run(*row, random, &problem)) CHECK(v == 0.0f);
    c.keys[150 * 2] = c.keys[150 * 2 + 1] = 0.0f;
    const std::vector<float> y = c.run(*row, random, &problem);
    for (size_t i = 0; i < 8; ++i) CHECK(y[i] == c.values[150 * 8 + i]);
  }
}

TEST_CASE("items of one call get the bits that each gets alone") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(16);
    for (int round = 0; round < 300; ++round) {
      const size_t heads = random.coin() ? 1 : random.from(2, 3), most = random.coin() ? 1 : 9;
      const size_t key_width = random.from(1, 40), value_width = random.from(1, 70);
      const size_t same = random.coin() ? random.from(0, 140) : 0;  // keys of every item
      const bool causal = random.coin();
      std::vector<AttentionCase> cases;
      std::vector<AttentionPart> parts;
      for (size_t n = random.from(1, 30); n > 0; --n) {
        const size_t rows = random.from(1, most);
        const size_t keys = std::max(same != 0 ? same : random.from(0, 140), causal ? rows : 0);
        cases.emplace_back(
            AttentionShape{rows, heads, key_width, value_width, keys, keys - rows * causal, causal},
            random);
      }
      for (const AttentionCase& c : cases) parts.push_back({&c, 0, c.shape.rows});
      std::string problem;
      const auto together = run_together(parts, *row, random, &problem, random.from(0, 30));
      for (size_t i = 0; i < cases.size(); ++i) {
        CHECK(same_bits(together[i], cases[i].run(*row, random, &problem)));
      }
      CHECK(problem == "");
    }
  }
}

TEST_CASE("keys in three runs get the bits of keys in one") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(18);
    for (int round = 0; round < 200; ++round) {
      const size_t rows = random.from(1, 30), keys = rows + random.from(0, 400);
      const AttentionCase c({rows, random.from(1, 3), random.from(1, 40), random.from(1, 70), keys,
                             keys - rows, random.coin()},
                            random);
      const std::vector<size_t> cuts = random_cuts(keys, random);
      const AttentionPart part = {&c, 0, rows, {{0, cuts[0]}, {cuts[0], cuts[1]}, {cuts[1], keys}}};
      std::string problem;
      CHECK(same_bits(run_together({part}, *row, random, &problem, 0)[0],
                      c.run(*row, random, &problem)));
      CHECK(problem == "");
    }
  }
}

// A block of which no key is there has a maximum below every score, those below zero too.
TEST_CASE("blocks of scores below zero are divided with the same bits") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(23);
    for (int round = 0; round < 20; ++round) {
      const size_t keys = random.from(400, 600);
      AttentionCase c({1, 2, 8, 20, keys, keys - 1, random.coin()}, random);
      for (float& q : c.query) q = std::abs(q);
      for (float& k : c.keys) k = -std::abs(k);
      const AttentionPart part = {&c, 0, 1, {{0, 16}, {304, keys}}};
      std::string problem;
      const auto whole = run_together({part}, *row, random, &problem, 0);
      CHECK(same_bits(run_together({part}, *row, random, &problem, 0, true)[0], whole[0]));
      CHECK(problem == "");
    }
  }
}

// What is missing between two runs weighs as much as keys whose scores are -inf.
TEST_CASE("positions between two runs are not seen") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(19);
    for (int round = 0; round < 100; ++round) {
      const size_t rows = random.from(1, 10), keys = rows + random.from(0, 500), width = 8;
      AttentionCase c({rows, 2, width, 20, keys, keys - rows, random.coin()}, random);
      const std::vector<size_t> cuts = random_cuts(keys, random);
      for (size_t i = 0; i < c.query.size(); i += width) c.query[i] = 1.0f;
      for (size_t t = cuts[0]; t < cuts[1]; ++t) c.keys[t * width] = -INFINITY;
      const AttentionPart part = {&c, 0, rows, {{0, cuts[0]}, {cuts[1], keys}}};
      std::string problem;
      const std::vector<float> whole = c.run(*row, random, &problem);
      for (const bool divided : {false, true}) {
        CHECK(same_bits(run_together({part}, *row, random, &problem, 0, divided)[0], whole));
      }
      CHECK(problem == "");
    }
  }
}
