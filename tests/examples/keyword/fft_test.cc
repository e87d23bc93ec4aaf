#include "examples/keyword/fft.h"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "tests/examples/keyword/signals.h"

namespace keyword::test {
namespace {

// The definition.
double magnitude(const std::vector<float>& samples, size_t k) {
  std::complex<double> sum = 0.0;
  for (size_t t = 0; t < samples.size(); ++t) {
    const double turn = static_cast<double>(k * t % kFftSize) / kFftSize;
    sum += std::polar(static_cast<double>(samples[t]), -2.0 * std::numbers::pi * turn);
  }
  return std::abs(sum);
}

TEST_CASE("the magnitudes are those of the definition") {
  const Fft fft;
  for (const Signal& signal : kSignals) {
    CAPTURE(signal.name);
    std::vector<float> samples(kFftSize);
    double norm = 0.0;
    for (size_t t = 0; t < kFftSize; ++t) {
      samples[t] = static_cast<float>(signal.sample(t)) / 32768.0f;
      norm += std::pow(static_cast<double>(samples[t]), 2);
    }
    std::vector<float> found(257, NAN);
    fft.magnitudes(samples.data(), found.data(), 256);
    CHECK(std::isnan(found[256]));
    // Each of 8 stages and of the split rounds numbers that are together as long as the samples.
    const double tolerance = 9 * std::pow(2.0, -23) * std::sqrt(norm * kFftSize);
    for (size_t k = 0; k < 256; ++k) {
      CAPTURE(k);
      CHECK(std::abs(static_cast<double>(found[k]) - magnitude(samples, k)) <= tolerance);
    }
  }
}

}  // namespace
}  // namespace keyword::test
