#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/kernels/attention_case.h"
#include "tests/kernels/support.h"
#include "tests/reference/attention_error.h"

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

// One query on its own over the keys that it sees.
AttendedWithin exact(const AttentionCase& c, size_t i) {
  const AttentionShape& s = c.shape;
  const Doubles q = to_doubles(c.query.data() + i * s.key_width, s.key_width);
  const Doubles k = to_doubles(c.keys.data(), c.keys.size());
  const Doubles v = to_doubles(c.values.data(), c.values.size());
  return attend_within(q.data(), k.data(), v.data(), s.keys, s.key_width, s.value_width,
                       c.scores(i / s.heads, i % s.heads));
}

void expect(const AttentionCase& c, Doubles& expected, Doubles& tolerance) {
  for (size_t i = 0; i < c.shape.rows * c.shape.heads; ++i) {
    const AttendedWithin result = exact(c, i);
    expected.insert(expected.end(), result.of.y.begin(), result.of.y.end());
    tolerance.insert(tolerance.end(), result.tolerance.begin(), result.tolerance.end());
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

namespace {

AttentionCase any_form(Random& random) {
  const size_t rows = random.from(1, random.coin() ? 3 : 40), before = random.from(0, 400);
  const size_t keys = random.coin() ? rows + before : random.from(0, 300);
  const bool causal = keys == rows + before && random.coin();
  return AttentionCase(
      {rows, random.from(1, 4), random.from(1, 40), random.from(1, 70), keys, before, causal},
      AttentionForm::any(keys, random), random);
}

}  // namespace

TEST_CASE("every form of attention agrees with its formulas") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(31);
    for (int round = 0; round < 400; ++round) {
      const AttentionCase c = any_form(random);
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(round);
      CHECK(check(*row, c, random) == "");
    }
  }
}

TEST_CASE("every form has the same bits in one call, in pieces, in runs and with divided keys") {
  for (const kernels::Kernels* row : exact_rows()) {
    Random random(32);
    for (int round = 0; round < 200; ++round) {
      const AttentionCase c = any_form(random);
      const size_t rows = c.shape.rows, keys = c.shape.keys, cut = random.from(0, rows);
      std::string problem;
      const std::vector<float> whole = c.run(*exact_rows().front(), random, &problem);
      std::vector<AttentionPart> parts;
      for (const auto& [from, to] : {std::pair{size_t{0}, cut}, std::pair{cut, rows}}) {
        if (from == to) continue;
        parts.push_back({&c, from, to});
        if (keys == 0 || random.coin()) continue;
        const std::vector<size_t> cuts = random_cuts(keys, random);
        parts.back().runs = {{0, cuts[0]}, {cuts[0], cuts[1]}, {cuts[1], keys}};
      }
      const bool divided = rows * c.shape.heads <= kernels::kQueryBlock && random.coin();
      std::vector<float> together;
      for (const auto& y :
           run_together(parts, *row, random, &problem, random.from(0, 30), divided)) {
        together.insert(together.end(), y.begin(), y.end());
      }
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(round);
      CHECK(same_bits(together, whole));
      CHECK(problem == "");
    }
  }
}

namespace {

// Found numbers, expected ones and by how much they may differ.
struct Compared {
  std::vector<float> found;
  Doubles expected, tolerance;
  void add(float f, double e, double t) {
    found.push_back(f), expected.push_back(e), tolerance.push_back(t + kSmallestWeight);
  }
  std::string difference() const { return fovea::test::difference(found, expected, tolerance); }
};

// The entropy's error is what weights make of theirs, w (1 + |ln w|) for each, and roundings of
// sums.
void compare_entropy(Compared& c, const Summary& exact, double relative, float entropy,
                     float effective) {
  const double tolerance = (relative + 30 * kRounding) * (2 * exact.entropy + 2);
  c.add(entropy, exact.entropy, tolerance);
  c.add(effective, exact.effective, 2 * tolerance * exact.effective);
}

// One query and head; `i` counts them.
void compare_head(Compared& c, const Told& told, const AttendedWithin& exact, size_t i) {
  const Summary s = summarise(exact.of.weights, exact.of.sink);
  compare_entropy(c, s, exact.relative, told.entropy[i], told.effective[i]);
  c.add(told.maximum[i], s.maximum, exact.relative * s.maximum);
  const size_t keys = exact.of.weights.size();
  for (size_t t = 0; t < keys && told.weighs; ++t) {
    c.add(told.weights[i * keys + t], exact.of.weights[t], exact.relative * exact.of.weights[t]);
  }
  const float position = told.position[i];
  CHECK((position == -1) == (s.maximum == 0));
  if (position < 0) return;
  const auto at = static_cast<size_t>(position);
  // Another position only where both keys weigh the same but for roundings.
  c.add(static_cast<float>(exact.of.weights[at]), s.maximum, 2 * exact.relative * s.maximum);
  if (told.weighs) CHECK(told.weights[i * keys + at] == told.maximum[i]);
}

std::string compare_told(const AttentionCase& c, const Told& told) {
  const AttentionShape& s = c.shape;
  Compared compared;
  for (size_t r = 0; r < s.rows; ++r) {
    std::vector<Attended> heads;
    double relative = 0;
    for (size_t h = 0; h < s.heads; ++h) {
      const AttendedWithin e = exact(c, r * s.heads + h);
      compare_head(compared, told, e, r * s.heads + h);
      heads.push_back(e.of);
      relative = std::max(relative, e.relative + 3 * kRounding * static_cast<double>(s.heads));
    }
    if (!told.averages) continue;
    const Attended mean = average(heads);
    for (size_t t = 0; t < s.keys; ++t) {
      compared.add(told.average[r * s.keys + t], mean.weights[t], relative * mean.weights[t]);
    }
    compare_entropy(compared, summarise(mean.weights, mean.sink),
                    relative + kRounding * static_cast<double>(s.keys) / 16,
                    told.average_entropy[r], told.average_effective[r]);
  }
  return compared.difference();
}

bool same_told(Told a, Told b) {
  bool same = true;
  for (size_t i = 0; i < a.all().size(); ++i) same = same && same_bits(*a.all()[i], *b.all()[i]);
  return same;
}

// What is told of rows that were computed in two calls, over keys in one run or three.
Told tell_in_pieces(const AttentionCase& c, const kernels::Kernels& row, const Told& like,
                    Random& random, std::string* problem) {
  const size_t rows = c.shape.rows, keys = c.shape.keys, cut = random.from(0, rows);
  Told all = like;
  for (std::vector<float>* list : all.all()) list->clear();
  for (const auto& [from, to] : {std::pair{size_t{0}, cut}, std::pair{cut, rows}}) {
    if (from == to) continue;
    Told some = like;
    AttentionPart part = {&c, from, to, {}, &some};
    if (keys > 0 && random.coin()) {
      const std::vector<size_t> cuts = random_cuts(keys, random);
      part.runs = {{0, cuts[0]}, {cuts[0], cuts[1]}, {cuts[1], keys}};
    }
    run_together({part}, row, random, problem, random.from(0, 30));
    for (size_t i = 0; i < some.all().size(); ++i) {
      std::vector<float>& list = *all.all()[i];
      list.insert(list.end(), some.all()[i]->begin(), some.all()[i]->end());
    }
  }
  return all;
}

AttentionCase any_told(Random& random) {
  AttentionCase c = any_form(random);
  c.first_head = 0;
  return c;
}

}  // namespace

TEST_CASE("what attention tells is that of the formulas, and telling changes no bit") {
  for (const kernels::Kernels* row : exact_rows()) {
    Random random(33);
    for (int round = 0; round < 200; ++round) {
      const AttentionCase c = any_told(random);
      std::string problem;
      Told told;
      told.weighs = random.coin(), told.averages = random.coin();
      const AttentionPart part = {&c, 0, c.shape.rows, {}, &told};
      const auto y = run_together({part}, *row, random, &problem, random.from(0, 30))[0];
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(round);
      CHECK(same_bits(y, c.run(*row, random, &problem)));
      CHECK(compare_told(c, told) == "");
      CHECK(problem == "");
    }
  }
}

TEST_CASE(
    "what attention tells has the same bits on every row, in pieces, and beside other reports") {
  for (const kernels::Kernels* row : exact_rows()) {
    Random random(36);
    for (int round = 0; round < 100; ++round) {
      const AttentionCase c = any_told(random);
      std::string problem;
      Told all, few;
      few.weighs = few.averages = false;
      run_together({{&c, 0, c.shape.rows, {}, &all}}, *exact_rows().front(), random, &problem, 0);
      run_together({{&c, 0, c.shape.rows, {}, &few}}, *row, random, &problem, 0);
      const std::string name = row->name;
      CAPTURE(name);
      CAPTURE(round);
      CHECK(same_told(tell_in_pieces(c, *row, all, random, &problem), all));
      CHECK(same_bits(few.entropy, all.entropy));
      CHECK(same_bits(few.effective, all.effective));
      CHECK(same_bits(few.maximum, all.maximum));
      CHECK(same_bits(few.position, all.position));
      Told mean;
      mean.weighs = false;
      run_together({{&c, 0, c.shape.rows, {}, &mean}}, *row, random, &problem, 0);
      CHECK(same_bits(mean.average, all.average));
      CHECK(same_bits(mean.average_entropy, all.average_entropy));
      CHECK(same_bits(mean.average_effective, all.average_effective));
      CHECK(problem == "");
    }
  }
}

TEST_CASE("of equal scores the first is told, of equal keys all are effective") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(37);
    for (const size_t keys : {1, 5, 16, 40, 128, 129, 300}) {
      AttentionCase c({2, 2, 8, 8, keys, 0, false}, random);
      for (size_t i = 8; i < c.keys.size(); ++i) c.keys[i] = c.keys[i % 8];
      std::string problem;
      Told told;
      run_together({{&c, 0, 2, {}, &told}}, *row, random, &problem, 0);
      for (const float position : told.position) CHECK(position == 0);
      const auto n = static_cast<double>(keys);
      for (const float entropy : told.entropy) CHECK(entropy == doctest::Approx(std::log(n)));
      for (const float effective : told.effective) CHECK(effective == doctest::Approx(n));
      for (const float effective : told.average_effective) CHECK(effective == doctest::Approx(n));
      CHECK(problem == "");
    }
  }
}

// Hidden keys have no entropy; a sink is a key whose weight no position has.
TEST_CASE("a query that sees nothing tells zeros, or what its sink takes") {
  for (const kernels::Kernels* row : runnable_rows()) {
    for (const bool sinks : {false, true}) {
      Random random(38);
      AttentionForm form;
      form.mask = kernels::Mask::kHidden;
      if (sinks) form.sinks.assign(kFormHeads, 0.5f);
      AttentionCase c({3, 2, 8, 8, 200, 0, false}, form, random);
      c.first_head = 0;
      c.seen.assign(200, 0);
      std::string problem;
      Told told;
      run_together({{&c, 0, 3, {}, &told}}, *row, random, &problem, 0);
      CHECK(told.entropy == std::vector<float>(6, 0.0f));
      CHECK(told.effective == std::vector<float>(6, sinks ? 1.0f : 0.0f));
      CHECK(told.maximum == std::vector<float>(6, 0.0f));
      CHECK(told.position == std::vector<float>(6, -1.0f));
      CHECK(told.average_entropy == std::vector<float>(3, 0.0f));
      CHECK(told.average_effective == std::vector<float>(3, sinks ? 1.0f : 0.0f));
      // Nor is there a key.
      AttentionCase none({3, 2, 8, 8, 0, 0, false}, AttentionForm(), random);
      none.form.sinks = form.sinks;
      none.first_head = 0;
      run_together({{&none, 0, 3, {}, &told}}, *row, random, &problem, 0);
      CHECK(told.effective == std::vector<float>(6, sinks ? 1.0f : 0.0f));
      CHECK(told.position == std::vector<float>(6, -1.0f));
      CHECK(told.average_entropy == std::vector<float>(3, 0.0f));
      CHECK(told.average_effective == std::vector<float>(3, sinks ? 1.0f : 0.0f));
      // One key beside the sink, of the same score: half and half.
      c.seen[150] = 1;
      c.query.assign(c.query.size(), 0.0f);
      if (sinks) c.form.sinks.assign(kFormHeads, 0.0f);
      run_together({{&c, 0, 3, {}, &told}}, *row, random, &problem, 0);
      for (const float effective : told.effective) CHECK(effective == (sinks ? 2.0f : 1.0f));
      CHECK(told.maximum == std::vector<float>(6, sinks ? 0.5f : 1.0f));
      CHECK(told.position == std::vector<float>(6, 150.0f));
      CHECK(problem == "");
    }
  }
}

TEST_CASE("a NaN in one query reaches all that is told of it, and nothing else") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(39);
    AttentionCase c({9, 2, 8, 8, 200, 191, true}, random);
    c.query[5 * 8 + 3] = std::nanf("");
    std::string problem;
    Told told;
    run_together({{&c, 0, 9, {}, &told}}, *row, random, &problem, 0);
    for (const auto* list : {&told.entropy, &told.effective, &told.maximum, &told.position}) {
      for (size_t i = 0; i < 18; ++i) CHECK(std::isnan((*list)[i]) == (i == 5));
    }
    for (size_t r = 0; r < 9; ++r) {
      CHECK(std::isnan(told.average_entropy[r]) == (r == 2));
      CHECK(std::isnan(told.average_effective[r]) == (r == 2));
      for (size_t t = 0; t < 200; ++t) {
        CHECK(std::isnan(told.average[r * 200 + t]) == (r == 2 && t <= 191 + r));
      }
    }
  }
}

TEST_CASE("a finite mask is added: rows of nothing but the least number weigh all keys alike") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(34);
    AttentionForm form;
    form.mask = kernels::Mask::kAdded;
    for (const size_t keys : {64, 300}) {
      AttentionCase c({2, 1, 8, 1, keys, 0, false}, form, random);
      c.mask.assign(keys, -3.4028234e38f);
      c.values.assign(keys, 0.0f);
      c.values[keys / 2] = 1.0f;
      std::string problem;
      for (const float y : c.run(*row, random, &problem)) {
        CHECK(y == doctest::Approx(1.0 / static_cast<double>(keys)));
      }
      CHECK(problem == "");
    }
  }
}

TEST_CASE("keys outside a window are never read") {
  for (const kernels::Kernels* row : runnable_rows()) {
    Random random(35);
    AttentionForm form;
    form.visibility.before = 40;
    form.visibility.kept = 3;
    AttentionCase c({30, 2, 8, 8, 1000, 970, true}, form, random);
    // Panels of 16 keys are read whole.
    for (size_t i = 16 * 8; i < 928 * 8; ++i) c.keys[i] = c.values[i] = NAN;
    std::string problem;
    for (const float y : c.run(*row, random, &problem)) CHECK(!std::isnan(y));
    CHECK(problem == "");
  }
}
