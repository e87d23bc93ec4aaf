#include "tools/session/timing.h"

#include <doctest/doctest.h>

#include <cstdint>

namespace fovea::tools {

TEST_CASE("limits of the processor are rates") {
  ProcessorLimits limits("portable", {}, 1 << 20);
  // From an emulator to a core of another decade; seconds would be far below.
  for (const double rate : {limits.flops(), limits.bytes()}) {
    CHECK(rate > 1e7);
    CHECK(rate < 1e13);
  }
}

TEST_CASE("the middle of values, and of their middle four fifths the range") {
  std::vector<double> values;
  for (int i = 10; i >= 0; --i) values.push_back(i);
  const Spread spread = spread_of(values);
  CHECK(spread.median == 5);
  CHECK(spread.low == 1);
  CHECK(spread.high == 9);
}

}  // namespace fovea::tools
