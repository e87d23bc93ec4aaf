#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "examples/keyword/mfcc.h"
#include "tests/examples/keyword/mfcc_oracle.h"
#include "tests/examples/keyword/reference.h"

namespace keyword::test {
namespace {

TEST_CASE("the features are those that KWT-1 was trained on") {
  if (!have_reference()) return;
  for (const Clip& clip : kClips) {
    CAPTURE(clip.name);
    const std::vector<int16_t> samples = reference_samples(clip);
    const std::vector<float> expected = reference_mfcc(clip);
    REQUIRE(samples.size() == kWindow);
    REQUIRE(expected.size() == kFrames * kCoefficients);
    Mfcc mfcc;
    mfcc.push(samples);
    std::vector<float> found(expected.size(), NAN);
    mfcc.window(found.data());
    float worst = 0.0f;
    for (size_t f = 0; f < kFrames; ++f) {
      const double tolerance =
          mfcc_by_definition(std::span<const int16_t, 480>(samples.data() + f * kHop, 480))
              .tolerance;
      for (size_t i = f * kCoefficients; i < (f + 1) * kCoefficients; ++i) {
        CAPTURE(i);
        CHECK(std::abs(static_cast<double>(found[i]) - static_cast<double>(expected[i])) <=
              tolerance);
        worst = std::max(worst, std::abs(found[i] - expected[i]));
      }
    }
    std::printf("%s: features differ by at most %.2g\n", clip.name, static_cast<double>(worst));
    CHECK(worst < 2e-4f);  // README.md states it
  }
}

}  // namespace
}  // namespace keyword::test
