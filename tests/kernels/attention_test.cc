#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/kernels/attention_case.h"
#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

namespace {

std::vector<AttentionShape> attention_shapes() {
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

}  // namespace

TEST_CASE("attention_f32 agrees with softmax(q k) v") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
    Random random(11);
    for (const AttentionShape& shape : attention_shapes()) {
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
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
    Random random(12);
    AttentionCase c({1, 1, 4, 8, 300, 0, false}, random);
    for (float& v : c.query) v = 100.0f;
    c.scale = 1.0f;
    CHECK(check(*row, c, random) == "");
  }
}

TEST_CASE("a NaN in one query reaches all of its outputs and no other's") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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

// Whose panels are read one after another, for they come from memory.
TEST_CASE("one query over more than a second-level cache holds gets the bits of each item") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
    Random random(17);
    std::vector<AttentionCase> cases;
    std::vector<AttentionPart> parts;
    for (size_t keys = 300; keys < 307; ++keys) {
      cases.emplace_back(AttentionShape{1, 3, 64, 64, keys, keys - 1, true}, random);
    }
    for (const AttentionCase& c : cases) parts.push_back({&c, 0, 1});
    std::string problem;
    const auto together = run_together(parts, *row, random, &problem, 0);
    for (size_t i = 0; i < cases.size(); ++i) {
      CHECK(same_bits(together[i], cases[i].run(*row, random, &problem)));
    }
    CHECK(problem == "");
  }
}

TEST_CASE("keys in three runs get the bits of keys in one") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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

// Of any widths and few or many keys.
TEST_CASE("keys and values of other formats agree with softmax(q k) v of what they stand for") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
    for (const CacheFormat format : {CacheFormat::kF16, CacheFormat::kInt8}) {
      Random random(11);
      for (const AttentionShape& shape : attention_shapes()) {
        AttentionCase c(shape, random);
        c.keep_in(format);
        const std::string name = row->name;
        CAPTURE(name);
        CAPTURE(static_cast<int>(format));
        CAPTURE(shape.key_width);
        CAPTURE(shape.value_width);
        CAPTURE(shape.keys);
        CHECK(check(*row, c, random) == "");
      }
    }
  }
}

TEST_CASE("attention over f16 has the bits of attention over the same numbers in f32") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
    Random random(36);
    for (int round = 0; round < 200; ++round) {
      AttentionCase c = any_form(random);
      c.keep_in(CacheFormat::kF16);
      AttentionCase wide = c;
      wide.keep_in(CacheFormat::kF32);
      std::string problem;
      CHECK(same_bits(c.run(*row, random, &problem), wide.run(*row, random, &problem)));
      CHECK(problem == "");
    }
  }
}

// A value's codes are 0 and what they are multiples of is NaN, so that all of its columns are.
TEST_CASE("a NaN in a row that becomes codes reaches every query that sees it") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
    for (const bool in_key : {false, true}) {
      Random random(37);
      AttentionCase c({9, 1, 8, 8, 300, 291, true}, random);
      (in_key ? c.keys : c.values)[295 * 8 + 2] = random.coin() ? INFINITY : std::nanf("");
      c.keep_in(CacheFormat::kInt8);
      std::string problem;
      const std::vector<float> y = c.run(*row, random, &problem);
      CHECK(problem == "");
      for (size_t i = 0; i < y.size(); ++i) CHECK(std::isnan(y[i]) == (i >= 4 * 8));
    }
  }
}

// What is missing between two runs weighs as much as keys whose scores are -inf.
TEST_CASE("positions between two runs are not seen") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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

TEST_CASE("every form of attention agrees with its formulas") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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
  for (const kernels::Kernels* row : distinct(exact_rows())) {
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

TEST_CASE("a finite mask is added: rows of nothing but the least number weigh all keys alike") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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

TEST_CASE("a mask's zeros leave scores that overflowed hidden, whatever shares their block") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
    Random random(37);
    AttentionForm form;
    form.mask = kernels::Mask::kAdded;
    form.mask_by_row = true;
    for (const size_t keys : {64, 300}) {
      AttentionCase c({2, 1, 8, 1, keys, 0, false}, form, random);
      c.query.assign(c.query.size(), 1e25f);
      c.keys.assign(c.keys.size(), -1e25f);
      c.mask.assign(2 * keys, 0.0f);
      c.mask[keys + 1] =
          1.0f;  // of the other query: it sees that key, which scores the least number
      std::string problem;
      const float alone = c.run(*row, random, &problem, 0, 1)[0];
      CHECK(alone == 0.0f);
      CHECK(c.run(*row, random, &problem) == std::vector<float>{0.0f, c.values[1]});
      CHECK(problem == "");
    }
  }
}

TEST_CASE("keys outside a window are never read") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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

namespace {

// Keys that no head of a row sees are those of `sound`, and their values.
AttentionCase without_hidden(AttentionCase c, const AttentionCase& sound, size_t row) {
  const AttentionShape& s = c.shape;
  const Doubles q = to_doubles(&sound.query[row * s.heads * s.key_width], s.heads * s.key_width);
  const Doubles k = to_doubles(sound.keys.data(), sound.keys.size());
  std::vector<bool> seen(s.keys);
  for (size_t h = 0; h < s.heads; ++h) {
    const Attended a = attend(&q[h * s.key_width], k.data(), nullptr, s.keys, s.key_width, 0,
                              sound.scores(row, h));
    for (size_t t = 0; t < s.keys; ++t) seen[t] = seen[t] || a.scores[t] != -INFINITY;
  }
  for (size_t t = 0; t < s.keys; ++t) {
    if (seen[t]) continue;
    std::copy_n(&sound.keys[t * s.key_width], s.key_width, &c.keys[t * s.key_width]);
    std::copy_n(&sound.values[t * s.value_width], s.value_width, &c.values[t * s.value_width]);
  }
  return c;
}

// Often of so few keys that rows of several items share a block.
AttentionCase causal_or_any(Random& random) {
  if (random.coin()) return any_form(random);
  const size_t rows = random.from(1, 20), first = random.from(0, 60);
  return {{rows, 1, random.from(1, 20), random.from(1, 40), rows + first, first, true}, random};
}

void spoil(std::vector<float>& numbers, Random& random) {
  const float wrong[] = {NAN, INFINITY, -INFINITY};
  for (size_t n = random.from(0, 8); n > 0 && !numbers.empty(); --n) {
    numbers[random.from(0, numbers.size() - 1)] = wrong[random.from(0, 2)];
  }
}

// All NaN one.
std::vector<float> plain(std::vector<float> numbers) {
  for (float& n : numbers) n = std::isnan(n) ? NAN : n;
  return numbers;
}

}  // namespace

TEST_CASE("keys and values that a query does not see never reach it, whoever shares its block") {
  for (const kernels::Kernels* row : distinct(exact_rows())) {
    Random random(38);
    for (int round = 0; round < 300; ++round) {
      AttentionCase c = causal_or_any(random);
      const size_t rows = c.shape.rows, width = c.shape.heads * c.shape.value_width;
      c.form.mask_by_head = false;
      const AttentionCase sound = c;
      spoil(c.keys, random);
      spoil(c.values, random);
      AttentionCase kept = c;
      kept.keep_in(c.format);
      const size_t cut = random.coin() ? rows : random.from(1, rows);
      std::vector<AttentionPart> parts = {{&kept, 0, cut}};
      if (cut < rows) parts.push_back({&kept, cut, rows});
      if (c.shape.keys > 0 && random.coin()) {
        const std::vector<size_t> cuts = random_cuts(c.shape.keys, random);
        parts[0].runs = {{0, cuts[0]}, {cuts[0], cuts[1]}, {cuts[1], c.shape.keys}};
      }
      const bool divided = rows * c.shape.heads <= kernels::kQueryBlock && random.coin();
      Told told;
      if (!divided && cut == rows && random.coin()) parts[0].told = &told;
      std::string problem;
      std::vector<float> y;
      for (const auto& part : run_together(parts, *row, random, &problem, rows, divided)) {
        y.insert(y.end(), part.begin(), part.end());
      }
      y = plain(y);
      for (size_t r = 0; r < rows; r += random.from(1, 12)) {
        AttentionCase alone = without_hidden(c, sound, r);
        alone.keep_in(c.format);
        const auto from = y.begin() + static_cast<ptrdiff_t>(r * width);
        const std::vector<float> found(from, from + static_cast<ptrdiff_t>(width));
        const std::string name = row->name;
        CAPTURE(name);
        CAPTURE(round);
        CAPTURE(r);
        CHECK(same_bits(found, plain(alone.run(*row, random, &problem, r, r + 1))));
      }
      CHECK(problem == "");
    }
  }
}

TEST_CASE("a NaN among one item's values reaches those of its queries that see it, no other item") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
    Random random(39);
    AttentionCase c({10, 1, 8, 8, 40, 30, true}, random);
    c.values[37 * 8 + 2] = NAN;
    std::string problem;
    const auto y = run_together({{&c, 0, 4}, {&c, 4, 10}}, *row, random, &problem, 10);
    CHECK(problem == "");
    for (const float found : y[0]) CHECK(!std::isnan(found));
    for (size_t i = 0; i < y[1].size(); ++i) {
      CHECK(std::isnan(y[1][i]) == (i / 8 >= 3 && i % 8 == 2));
    }
  }
}
