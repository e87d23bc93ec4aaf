// Attention at random through files and the public functions: forms by shapes, against double
// precision, and the same bits whatever divides the work. 1,000 uses, or FOVEA_ATTENTION_CASES.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
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
  return wanted == nullptr ? 1000 : std::strtoull(wanted, nullptr, 10);
}

void check_sequence(const Use& use, size_t sequence, const Result& found) {
  const Use::Sequence& s = use.sequences[sequence];
  REQUIRE(found.y.size() == size_t{s.tokens} * use.result_width());
  size_t at = 0;
  double worst = 0, worst_weight = 0;  // errors by what they may be
  for (size_t t = 0; t < s.tokens; ++t) {
    for (size_t h = 0; h < use.heads; ++h) {
      const AttendedWithin a = use.expected(sequence, t, h);
      for (size_t d = 0; d < use.value_width; ++d, ++at) {
        const double error = std::abs(double{found.y[at]} - a.of.y[d]) / a.tolerance[d];
        worst = std::isnan(error) ? INFINITY : std::max(worst, error);
      }
      if (!use.has(Form::k_weights)) continue;
      for (size_t k = 0; k < use.context; ++k) {
        const double weight = k < s.keys ? a.of.weights[k] : 0;
        const double w = double{found.weights[(t * use.heads + h) * use.context + k]};
        const double error = std::abs(w - weight) / (a.relative * weight + kSmallestWeight);
        worst_weight = std::isnan(error) ? INFINITY : std::max(worst_weight, error);
      }
    }
  }
  CHECK(worst <= 1);
  CHECK(worst_weight <= 1);
}

void check_same(const std::vector<Result>& a, const std::vector<Result>& b) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    CHECK(same_bits(a[i].y, b[i].y));
    CHECK(same_bits(a[i].weights, b[i].weights));
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
      how.pieces.push_back(random.between(1, random.percent(50) ? 1 : left));
      left -= how.pieces.back();
    }
    check_same(run(use, image, how), whole);
  }
  how = {};
  for (size_t b = 0; b < use.sequences.size(); ++b) {
    if (use.sequences[b].tokens == 0) continue;
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
