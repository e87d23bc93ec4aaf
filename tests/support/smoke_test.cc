#include <doctest/doctest.h>

TEST_CASE("the test programs start") {
  CHECK(1 + 1 == 2);
}
