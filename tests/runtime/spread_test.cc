// fovea::Spread: the mean and the spread of several passes.

#include <doctest/doctest.h>

#include <cmath>

#include "fovea/fovea.hpp"

namespace fovea::test {

TEST_CASE("of one pass the spread is 0, of two that are apart half of what lies between") {
  float mean[] = {NAN, 7}, deviation[] = {NAN, INFINITY};  // what memory held does not count
  Spread spread(mean, deviation, 2);
  const float one[] = {3, -1}, two[] = {5, -1};
  spread.add(one);
  CHECK(mean[0] == 3);
  CHECK(deviation[0] == 0);
  spread.add(two);
  CHECK(mean[0] == 4);
  CHECK(deviation[0] == 1);
  CHECK(mean[1] == -1);
  CHECK(deviation[1] == 0);
}

TEST_CASE("of several passes the spread is the root of the mean square around their mean") {
  float mean[1], deviation[1];
  Spread spread(mean, deviation, 1);
  CHECK(mean[0] == 0);
  CHECK(deviation[0] == 0);
  for (const float value : {1.0f, 2.0f, 6.0f, 7.0f}) spread.add(&value);
  CHECK(mean[0] == 4);
  CHECK(std::abs(deviation[0] - std::sqrt(26.0f / 4)) < 1e-6f);
}

}  // namespace fovea::test
