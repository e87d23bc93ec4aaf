#include "tools/measure/signal.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/tools/measure/signal_of.h"

namespace fovea::test {

TEST_CASE("a signal's noise, cosine and largest error are those of all numbers added") {
  tools::Signal signal;
  CHECK(signal.is_empty());
  signal.add(std::vector<float>{3, 4}, std::vector<float>{3, 3});
  signal.add(signal_of({0, 12}, {-2, 12}));
  CHECK(!signal.is_empty());
  CHECK(signal.noise() == doctest::Approx(5.0 / 169));
  CHECK(signal.decibels() == doctest::Approx(10 * std::log10(169.0 / 5)));
  CHECK(signal.largest_error() == 2);
  CHECK(signal.cosine() == doctest::Approx(165 / (13 * std::sqrt(166.0))));
  signal.add(signal_of({1}, {1}));
  CHECK(signal.largest_error() == 2);
  CHECK(signal.noise() == doctest::Approx(5.0 / 170));
}

TEST_CASE("a signal of zeros has a cosine of 1 to zeros and of 0 to all else") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  CHECK(signal_of({0, 0}, {0, 0}).cosine() == 1);
  CHECK(signal_of({0, 0}, {0, 0}).noise() == 0);
  CHECK(signal_of({0, 0}, {0, 0}).decibels() == kInfinity);
  CHECK(signal_of({0, 0}, {0, 1}).cosine() == 0);
  CHECK(signal_of({0, 1}, {0, 0}).cosine() == 0);
  CHECK(signal_of({0, 1}, {0, 0}).decibels() == 0);
  CHECK(signal_of({1, 0}, {1, 0}).cosine() == 1);
  CHECK(signal_of({1, 0}, {0, 1}).cosine() == 0);
  CHECK(signal_of({1, -1}, {-1, 1}).cosine() == doctest::Approx(-1));
}

TEST_CASE("infinite scores are no error where both are, and an infinite one where one is") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const tools::Signal same = signal_of({2, -kInfinity}, {1, -kInfinity});
  CHECK(same.largest_error() == 1);
  CHECK(same.noise() == 0.25);
  CHECK(signal_of({2, 1}, {2, kInfinity}).largest_error() == kInfinity);
  CHECK(signal_of({2, -kInfinity}, {2, kInfinity}).largest_error() == kInfinity);
  CHECK(signal_of({2, 1}, {2, NAN}).largest_error() == kInfinity);
  CHECK(signal_of({2, 1}, {2, NAN}).decibels() == -kInfinity);
}

}  // namespace fovea::test
