#include "examples/keyword/keyword.h"

#include <doctest/doctest.h>

#include <vector>

namespace keyword::test {
namespace {

struct Window {
  uint32_t label;  // 0 is no keyword
  float probability;
};

// Which of these windows, 100 ms apart, get a line.
std::vector<size_t> lines(const std::vector<Window>& windows, float threshold = 0.6f) {
  Detector detector(threshold);
  std::vector<size_t> result;
  for (size_t i = 0; i < windows.size(); ++i) {
    const Verdict verdict = {windows[i].label, windows[i].probability};
    if (detector.is_new(verdict, verdict.label != 0, 1000 + 100 * i)) result.push_back(i);
  }
  return result;
}

using Lines = std::vector<size_t>;

TEST_CASE("a keyword in the first window is new") {
  CHECK(lines({{1, 0.9f}}) == Lines{0});
}

TEST_CASE("a keyword in many windows gets one line") {
  CHECK(lines({{0, 0.9f}, {1, 0.7f}, {1, 0.9f}, {1, 0.6f}, {0, 0.9f}}) == Lines{1});
}

TEST_CASE("windows below the threshold and without a keyword get none") {
  CHECK(lines({{1, 0.59f}, {0, 0.99f}}) == Lines{});
  CHECK(lines({{1, 0.59f}, {0, 0.99f}}, 0.5f) == Lines{0});
}

TEST_CASE("another keyword is new at once") {
  CHECK(lines({{1, 0.9f}, {2, 0.9f}, {1, 0.9f}}) == Lines{0, 1, 2});
}

TEST_CASE("a keyword is new again after half a second") {
  std::vector<Window> windows = {{1, 0.9f}, {0, 1.0f}, {0, 1.0f}, {0, 1.0f}, {0, 1.0f}, {1, 0.9f}};
  CHECK(lines(windows) == Lines{0, 5});
  windows.erase(windows.begin() + 1);
  CHECK(lines(windows) == Lines{0});
}

}  // namespace
}  // namespace keyword::test
