#include "tools/session/timing.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace fovea::tools {

TEST_CASE("limits of the processor are rates") {
  ProcessorLimits limits("portable", {}, 1 << 20);
  // From an emulator to a core of another decade; seconds would be far below.
  for (const double rate : {limits.flops(), limits.bytes()}) {
    CHECK(rate > 1e7);
    CHECK(rate < 1e13);
  }
}

TEST_CASE("short calls are timed in groups, long ones alone") {
  ProcessorLimits limits("portable", {}, 1 << 16);
  size_t calls = 0;
  const Timing shorter = time_calls([&] { ++calls; }, &limits, 0.01);
  CHECK(shorter.taken >= 10);
  CHECK(shorter.samples <= shorter.taken);
  CHECK(calls > 20 * shorter.taken);
  CHECK(shorter.seconds.median < 1e-5);
  calls = 0;
  const auto wait = [&] {
    ++calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  };
  const Timing longer = time_calls(wait, &limits, 0.01);
  CHECK(longer.taken >= 10);
  CHECK(calls == longer.taken + 2);  // the first warm up, and tell how long a call is
  CHECK(longer.seconds.low >= 0.002);
  CHECK(longer.seconds.median < 1);
  CHECK(longer.flops_limit.median > 1e7);
  CHECK(longer.bytes_limit.median > 1e7);
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
