// Attention at random through files and the public functions: forms by shapes, against double
// precision, and the same bits whatever divides the work. 1,000 uses, 400 in builds that are not
// for speed, or FOVEA_ATTENTION_CASES.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "kernels/kernels.h"
#include "tests/runtime/attention_grid/model.h"
#include "tests/support/same_bits.h"

namespace fovea::test {
namespace {

uint64_t wanted_cases() {
  const char* wanted = std::getenv("FOVEA_ATTENTION_CASES");
#if defined(__OPTIMIZE__) && !defined(FOVEA_SANITIZED)
  constexpr uint64_t kUsual = 1000;
#else
  constexpr uint64_t kUsual = 400;
#endif
  return wanted == nullptr ? kUsual : std::strtoull(wanted, nullptr, 10);
}

// The largest error of numbers, by what they may be.
class Worst {
 public:
  void add(float found, double expected, double tolerance) {
    const double error = std::abs(double{found} - expected) / (tolerance + kSmallestWeight);
    worst_ = std::isnan(error) ? INFINITY : std::max(worst_, error);
  }
  double get() const { return worst_; }

 private:
  double worst_ = 0;
};

// The entropy's error is what weights make of theirs, w (1 + |ln w|) for each, and of sums'.
void add_entropy(Worst& worst, const Summary& s, double relative, const float* found,
                 size_t stride) {
  const double tolerance = (relative + 30 * FLT_EPSILON) * (2 * s.entropy + 2);
  worst.add(found[0], s.entropy, tolerance);
  worst.add(found[stride], s.effective, 2 * tolerance * s.effective);
}

struct Errors {
  Worst y, weights, summaries, average, scores;
};

// Keys that are hidden are so exactly.
void check_scores(const Use& use, const std::vector<float>& found, size_t row,
                  const Doubles& expected, double tolerance, Worst& worst) {
  for (size_t k = 0; k < use.context; ++k) {
    const double score = k < expected.size() ? expected[k] : -INFINITY;
    if (score == -INFINITY) {
      CHECK(found[row * use.context + k] == -INFINITY);
    } else {
      worst.add(found[row * use.context + k], score, tolerance);
    }
  }
}

void check_head(const Use& use, const Result& found, size_t t, size_t h, const AttendedWithin& a,
                Errors& errors) {
  for (size_t d = 0; d < use.value_width; ++d) {
    errors.y.add(found.y[t * use.result_width() + h * use.value_width + d], a.of.y[d],
                 a.tolerance[d]);
  }
  if (h < use.first_told || h >= use.first_told + use.told) return;
  h -= use.first_told;
  if (use.has(Form::k_scores)) {
    const size_t row = t * use.told + h;
    check_scores(use, found.scaled, row, a.of.scaled, a.score, errors.scores);
    check_scores(use, found.capped, row, a.of.capped, a.score, errors.scores);
    check_scores(use, found.scores, row, a.of.scores, a.score, errors.scores);
  }
  const size_t keys = a.of.weights.size();
  for (size_t k = 0; k < use.context && use.has(Form::k_weights); ++k) {
    const double weight = k < keys ? a.of.weights[k] : 0;
    errors.weights.add(found.weights[(t * use.told + h) * use.context + k], weight,
                       a.relative * weight);
  }
  if (!use.has(Form::k_summaries)) return;
  const Summary s = summarise(a.of.weights, a.of.sink);
  const float* summary = &found.summaries[t * 4 * use.told + h];
  add_entropy(errors.summaries, s, a.relative, summary, use.told);
  errors.summaries.add(summary[2 * use.told], s.maximum, a.relative * s.maximum);
  const float position = summary[3 * use.told];
  if (position < 0) {
    CHECK(position == -1);
    CHECK(s.maximum < kSmallestWeight);
    return;
  }
  // Another position only where both keys weigh the same but for roundings.
  const double weight = a.of.weights[static_cast<size_t>(position)];
  errors.summaries.add(static_cast<float>(weight), s.maximum, 2 * a.relative * s.maximum);
}

void check_average(const Use& use, const Result& found, size_t t,
                   const std::vector<Attended>& heads, double relative, Errors& errors) {
  const Attended mean = average(heads);
  const size_t keys = mean.weights.size();
  for (size_t k = 0; k < use.context; ++k) {
    const double weight = k < keys ? mean.weights[k] : 0;
    errors.average.add(found.average[t * use.context + k], weight, relative * weight);
  }
  add_entropy(errors.average, summarise(mean.weights, mean.sink),
              relative + FLT_EPSILON * static_cast<double>(keys) / 16,
              &found.average_summaries[2 * t], 1);
}

void check_sequence(const Use& use, size_t sequence, const Result& found) {
  const Use::Sequence& s = use.sequences[sequence];
  REQUIRE(found.y.size() == size_t{s.tokens} * use.result_width());
  Errors errors;
  for (size_t t = 0; t < s.tokens; ++t) {
    std::vector<Attended> heads;
    double relative = 0;
    for (size_t h = 0; h < use.heads; ++h) {
      const AttendedWithin a = use.expected(sequence, t, h);
      check_head(use, found, t, h, a, errors);
      if (h >= use.first_told && h < use.first_told + use.told) heads.push_back(a.of);
      relative = std::max(relative, a.relative + 2 * FLT_EPSILON * static_cast<double>(use.heads));
    }
    if (use.has(Form::k_average)) check_average(use, found, t, heads, relative, errors);
  }
  if (use.has(Form::k_shared_keys) && !use.has(Form::k_dropout)) {
    CHECK(same_bits(found.first, found.y));
  }
  CHECK(errors.y.get() <= 1);
  CHECK(errors.weights.get() <= 1);
  CHECK(errors.summaries.get() <= 1);
  CHECK(errors.average.get() <= 1);
  CHECK(errors.scores.get() <= 1);
}

void check_same(const std::vector<Result>& a, const std::vector<Result>& b) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    CHECK(same_bits(a[i].y, b[i].y));
    CHECK(same_bits(a[i].first, b[i].first));
    CHECK(same_bits(a[i].weights, b[i].weights));
    CHECK(same_bits(a[i].summaries, b[i].summaries));
    CHECK(same_bits(a[i].average, b[i].average));
    CHECK(same_bits(a[i].average_summaries, b[i].average_summaries));
    CHECK(same_bits(a[i].scaled, b[i].scaled));
    CHECK(same_bits(a[i].capped, b[i].capped));
    CHECK(same_bits(a[i].scores, b[i].scores));
  }
}

void check_divisions(const Use& use, const Image& image, const std::vector<Result>& whole,
                     Random& random) {
  How how;
  for (auto row = kernels::compiled_rows(); *row != nullptr; ++row) {
    if (!kernels::cpu_has(**row)) continue;
    how.row = (*row)->name;
    check_same(run(use, image, how), whole);
  }
  how = {};
  how.workers = 3;
  check_same(run(use, image, how), whole);
  how = {};
  how.sliced = true;
  check_same(run(use, image, how), whole);
  how = {};
  if (use.divisible()) {
    for (uint32_t left = use.context; left > 0;) {
      const uint32_t most = std::min(left, use.most);
      how.pieces.push_back(random.between(1, random.percent(50) ? 1 : most));
      left -= how.pieces.back();
    }
    check_same(run(use, image, how), whole);
  }
  how = {};
  for (size_t b = 0; b < use.sequences.size(); ++b) {
    if (use.sequences[b].tokens == 0) continue;
    // Alone it has the kind of the first one.
    if (!use.kinds.empty() && use.kinds[b % use.kinds.size()] != use.kinds[0]) continue;
    // A mask's rows are those of the batch; alone, a sequence has its own.
    how.sequence = static_cast<int>(b);
    check_same(run(use, image, how), {whole[b]});
  }
}

struct Counts {
  std::array<std::array<uint64_t, kForms>, kForms> pairs = {};

  void add(const Use& use) {
    for (size_t a = 0; a < kForms; ++a) {
      for (size_t b = 0; b < kForms; ++b) pairs[a][b] += use.forms.test(a) && use.forms.test(b);
    }
  }

  // How often each form was drawn, and its rarest partner.
  void print() const {
    for (size_t a = 0; a < kForms; ++a) {
      size_t rarest = kForms;
      for (size_t b = 0; b < kForms; ++b) {
        if (excludes(static_cast<Form>(a), static_cast<Form>(b))) continue;
        if (rarest == kForms || pairs[a][b] < pairs[a][rarest]) rarest = b;
        CHECK_MESSAGE(pairs[a][b] > 0, kFormNames[a], " with ", kFormNames[b]);
      }
      std::printf("%-20s %6llu  with %-20s %6llu\n", kFormNames[a],
                  static_cast<unsigned long long>(pairs[a][a]), kFormNames[rarest],
                  static_cast<unsigned long long>(pairs[a][rarest]));
    }
  }
};

TEST_CASE("attention at random") {
  Counts counts;
  for (uint64_t seed = 1; seed <= wanted_cases(); ++seed) {
    CAPTURE(seed);
    const Use use(seed);
    counts.add(use);
    const Image image = image_of(use);
    const std::vector<Result> whole = run(use, image, {});
    for (size_t b = 0; b < whole.size(); ++b) check_sequence(use, b, whole[b]);
    Random random(seed);
    check_divisions(use, image, whole, random);
  }
  counts.print();
}

}  // namespace
}  // namespace fovea::test
