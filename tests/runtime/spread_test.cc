// fovea::Spread: the mean and the spread of several passes.

#include <doctest/doctest.h>

#include "fovea/fovea.hpp"

namespace fovea::test {

TEST_CASE("of one pass the spread is 0, of two that are apart half of what lies between") {
  float mean[2], deviation[2];
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

}  // namespace fovea::test
