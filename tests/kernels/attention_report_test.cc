// What attention tells of its weights.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/kernels/attention_case.h"
#include "tests/kernels/support.h"

using namespace fovea;
using namespace fovea::test;

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

// Scores of one query and head; the cap and what is added come after the products.
void compare_scores(Compared& c, const Told& told, const AttendedWithin& exact, size_t i) {
  const size_t keys = exact.of.weights.size();
  const std::pair<const std::vector<float>*, const Doubles*> lists[] = {
      {&told.scaled, &exact.of.scaled},
      {&told.capped, &exact.of.capped},
      {&told.scores, &exact.of.scores}};
  for (const auto& [found, expected] : lists) {
    for (size_t t = 0; t < keys; ++t) {
      const float score = (*found)[i * keys + t];
      if ((*expected)[t] == -INFINITY) {
        CHECK(score == -INFINITY);
      } else {
        c.add(score, (*expected)[t], exact.score);
      }
    }
  }
}

// One query and head; `i` counts them.
void compare_head(Compared& c, const Told& told, const AttendedWithin& exact, size_t i) {
  const Summary s = summarise(exact.of.weights, exact.of.sink);
  if (told.scored) compare_scores(c, told, exact, i);
  compare_entropy(c, s, exact.relative, told.entropy[i], told.effective[i]);
  c.add(told.maximum[i], s.maximum, exact.relative * s.maximum);
  const size_t keys = exact.of.weights.size();
  for (size_t t = 0; t < keys && told.weighs; ++t) {
    c.add(told.weights[i * keys + t], exact.of.weights[t], exact.relative * exact.of.weights[t]);
  }
  const float position = told.position[i];
  // What a sink leaves of a weight may be too small for a float.
  CHECK((position == -1 ? s.maximum < 0x1p-126 : s.maximum > 0));
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
  for (const kernels::Kernels* row : distinct(exact_rows())) {
    Random random(33);
    for (int round = 0; round < 200; ++round) {
      const AttentionCase c = any_told(random);
      std::string problem;
      Told told;
      told.weighs = random.coin(), told.averages = random.coin(), told.scored = random.coin();
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
  for (const kernels::Kernels* row : distinct(exact_rows())) {
    Random random(36);
    for (int round = 0; round < 100; ++round) {
      const AttentionCase c = any_told(random);
      std::string problem;
      Told all, few;
      few.weighs = few.averages = few.scored = false;
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

TEST_CASE("of some heads the same is told, and the average is theirs") {
  for (const kernels::Kernels* row : distinct(exact_rows())) {
    Random random(40);
    for (int round = 0; round < 60; ++round) {
      const AttentionCase c = any_told(random);
      const size_t heads = c.shape.heads, keys = c.shape.keys, rows = c.shape.rows;
      std::string problem;
      Told all, some, again;
      some.first_head = random.from(0, heads - 1);
      some.heads = random.from(1, heads - some.first_head);
      run_together({{&c, 0, rows, {}, &all}}, *row, random, &problem, 0);
      const auto y = run_together({{&c, 0, rows, {}, &some}}, *row, random, &problem, 0)[0];
      CHECK(same_bits(y, c.run(*row, random, &problem)));
      const auto same = [&](const std::vector<float>& part, const std::vector<float>& whole,
                            size_t each) {
        REQUIRE(part.size() == rows * some.heads * each);
        for (size_t r = 0; r < rows; ++r) {
          const auto from =
              whole.begin() + static_cast<std::ptrdiff_t>((r * heads + some.first_head) * each);
          const auto to = part.begin() + static_cast<std::ptrdiff_t>(r * some.heads * each);
          const auto count = static_cast<std::ptrdiff_t>(some.heads * each);
          CHECK(same_bits(std::vector<float>(to, to + count),
                          std::vector<float>(from, from + count)));
        }
      };
      same(some.entropy, all.entropy, 1);
      same(some.position, all.position, 1);
      same(some.weights, all.weights, keys);
      same(some.scaled, all.scaled, keys);
      same(some.capped, all.capped, keys);
      same(some.scores, all.scores, keys);
      for (size_t r = 0; r < rows; ++r) {
        std::vector<Attended> of;
        for (size_t h = 0; h < some.heads; ++h)
          of.push_back(exact(c, r * heads + some.first_head + h).of);
        const Attended mean = average(of);
        for (size_t t = 0; t < keys; ++t) {
          CHECK(double{some.average[r * keys + t]} ==
                doctest::Approx(mean.weights[t]).epsilon(1e-3));
        }
      }
      CHECK(problem == "");
    }
  }
}

TEST_CASE("of equal scores the first is told, of equal keys all are effective") {
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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
  for (const kernels::Kernels* row : distinct(runnable_rows())) {
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
