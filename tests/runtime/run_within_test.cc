// fovea_run_within: slices of time on a clock that the test turns.

#include "fovea/run_within.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/support/tiny_session.h"

namespace fovea::test {
namespace {

// Every look at it takes so many ticks as are next, the last ones for ever.
struct Clock {
  uint32_t time = 0;
  std::vector<uint32_t> steps;
  size_t looks = 0;

  static uint32_t now(void* context) {
    Clock& clock = *static_cast<Clock*>(context);
    const size_t last = clock.steps.size() - 1, at = clock.looks < last ? clock.looks : last;
    ++clock.looks;
    return clock.time += clock.steps[at];
  }
};

const std::vector<std::vector<int32_t>> kRows = {{1, 2, 3, 4, 5}};

// Tasks that one call does.
size_t tasks_within(uint32_t budget, Clock clock, uint32_t longest = 0) {
  TinySession s;
  s.set(kRows);
  fovea_pace pace = {Clock::now, &clock, longest};
  bool finished = true;
  REQUIRE(fovea_run_within(s.get(), 0, &pace, budget, &finished, nullptr) == FOVEA_OK);
  CHECK_FALSE(finished);
  fovea_cancel(s.get());
  return clock.looks - 1;
}

TEST_CASE("tasks are done while the slowest one still fits") {
  CHECK(tasks_within(35, {0, {10}}) == 3);
  CHECK(tasks_within(40, {0, {10}}) == 4);
  CHECK(tasks_within(39, {0, {10}}) == 3);
  // The clock goes round.
  CHECK(tasks_within(35, {0xfffffff0, {10}}) == 3);
  // A slow task in the midst: another one would not fit.
  CHECK(tasks_within(60, {0, {0, 5, 30, 5}}) == 2);
  // What was learned before counts, and one task is done always.
  CHECK(tasks_within(40, {0, {10}}, 21) == 2);
  CHECK(tasks_within(0, {0, {10}}) == 1);
  CHECK(tasks_within(5, {0, {10}}, 100) == 1);
}

TEST_CASE("slices of time give the bits of one run") {
  TinySession whole, sliced;
  whole.set(kRows);
  sliced.set(kRows);
  REQUIRE(fovea_run(whole.get(), 0, nullptr) == FOVEA_OK);
  Clock clock = {0, {7}};
  fovea_pace pace = {Clock::now, &clock, 0};
  bool finished = false;
  size_t calls = 0;
  for (; !finished; ++calls) {
    REQUIRE(fovea_run_within(sliced.get(), 0, &pace, 20, &finished, nullptr) == FOVEA_OK);
  }
  CHECK(calls > 2);
  CHECK(pace.longest == 7);
  CHECK(whole.logits(kRows) == sliced.logits(kRows));
}

TEST_CASE("a slice ends with its run, having looked at the clock after every task") {
  TinySession s;
  s.set(kRows);
  bool finished = false;
  size_t tasks = 0;
  for (; !finished; ++tasks) {
    REQUIRE(fovea_run_for(s.get(), 0, 1, &finished, nullptr) == FOVEA_OK);
  }
  Clock clock = {0, {1}};
  fovea_pace pace = {Clock::now, &clock, 0};
  s.set(kRows);
  REQUIRE(fovea_reset(s.get(), 0, nullptr) == FOVEA_OK);
  REQUIRE(fovea_run_within(s.get(), 0, &pace, 1000000, &finished, nullptr) == FOVEA_OK);
  CHECK(finished);
  CHECK(clock.looks == tasks + 1);
}

TEST_CASE("an error ends a slice") {
  TinySession s;
  Clock clock = {0, {1}};
  fovea_pace pace = {Clock::now, &clock, 0};
  bool finished = false;
  fovea_error error;
  CHECK(fovea_run_within(s.get(), 99, &pace, 1000, &finished, &error) == FOVEA_BAD_ARGUMENT);
  CHECK(clock.looks == 2);
}

}  // namespace
}  // namespace fovea::test
