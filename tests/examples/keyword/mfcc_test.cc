#include "examples/keyword/mfcc.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/examples/keyword/mfcc_oracle.h"
#include "tests/examples/keyword/signals.h"

namespace keyword::test {
namespace {

static_assert(sizeof(Mfcc) <= 24 * 1024 + 256, "README.md states it");

std::vector<float> features_of(const Mfcc& mfcc) {
  std::vector<float> features(kFrames * kCoefficients, NAN);
  mfcc.window(features.data());
  return features;
}

TEST_CASE("a frame is what its definition says") {
  for (const Signal& signal : kSignals) {
    CAPTURE(signal.name);
    const std::vector<int16_t> samples = samples_of(signal, kWindow);
    Mfcc mfcc;
    mfcc.push(samples);
    REQUIRE(mfcc.frames() == kFrames);
    const std::vector<float> features = features_of(mfcc);
    for (size_t f = 0; f < kFrames; f += 19) {
      CAPTURE(f);
      const auto frame =
          mfcc_by_definition(std::span<const int16_t, 480>(samples.data() + f * kHop, 480));
      for (size_t i = 0; i < kCoefficients; ++i) {
        CAPTURE(i);
        CHECK(std::abs(static_cast<double>(features[f * kCoefficients + i]) -
                       frame.coefficients[i]) <= frame.tolerance);
      }
    }
  }
}

TEST_CASE("silence has the floor's features") {
  Mfcc mfcc;
  mfcc.push(std::vector<int16_t>(kWindow));
  const std::vector<float> features = features_of(mfcc);
  CHECK(features[0] == doctest::Approx(80 * std::sqrt(2.0 / 80) * std::log(1e-12)));
}

TEST_CASE("a frame is made of each sample that completes one") {
  Mfcc mfcc;
  for (size_t t = 0; t < 2 * kWindow; ++t) {
    const int16_t sample = noise(t);
    mfcc.push({&sample, 1});
    const size_t count = t + 1;
    REQUIRE(mfcc.frames() == (count < kFrameLength ? 0 : (count - kFrameLength) / kHop + 1));
  }
}

TEST_CASE("pieces give the bits of the whole") {
  const size_t total = 3 * kWindow + 77;
  const std::vector<int16_t> samples = samples_of({"noise", noise}, total);
  Mfcc whole;
  whole.push(samples);
  const std::vector<float> expected = features_of(whole);
  for (const size_t piece : {1u, 2u, 159u, 160u, 161u, 479u, 480u, 481u, 1600u, 4096u, 16000u}) {
    CAPTURE(piece);
    Mfcc mfcc;
    for (size_t i = 0; i < total; i += piece) {
      mfcc.push(std::span(samples).subspan(i, std::min(piece, total - i)));
    }
    CHECK(mfcc.frames() == whole.frames());
    CHECK(features_of(mfcc) == expected);
  }
}

TEST_CASE("a window of a stream has the bits of a clip") {
  const std::vector<int16_t> samples = samples_of({"chirp", chirp}, 2 * kWindow);
  Mfcc stream;
  stream.push(std::span(samples).first(kWindow));
  for (size_t start = 0; start + kWindow <= samples.size(); start += 1600) {
    CAPTURE(start);
    Mfcc clip;
    clip.push(std::span(samples).subspan(start, kWindow));
    CHECK(features_of(stream) == features_of(clip));
    if (start + kWindow < samples.size()) {
      stream.push(std::span(samples).subspan(start + kWindow, 1600));
    }
  }
}

}  // namespace
}  // namespace keyword::test
