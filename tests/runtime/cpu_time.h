// How long opening takes, as the processor counts it: other programs may run at the same time.

#ifndef FOVEA_TESTS_RUNTIME_CPU_TIME_H_
#define FOVEA_TESTS_RUNTIME_CPU_TIME_H_

#include <algorithm>
#include <ctime>
#include <limits>

#include "tests/support/tiny_model.h"

namespace fovea::test {

// The best of five.
inline double open_seconds(const Image& image) {
  double best = std::numeric_limits<double>::max();
  for (int i = 0; i < 5; ++i) {
    fovea_model model;
    const std::clock_t start = std::clock();
    const fovea_code code = fovea_open(image.span(), {}, &model, nullptr);
    const std::clock_t ticks = std::clock() - start;
    if (code != FOVEA_BAD_ARGUMENT) best = std::min(best, double(ticks) / CLOCKS_PER_SEC);
  }
  return best;
}

// The factor by which a bound is wider than what is promised: machines that test are slower and
// busier than the one the promise was measured on; builds that are not for speed, and emulators,
// only show that nothing grows without bound.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && defined(__x86_64__)
inline constexpr double kPatience = 2;
#else
inline constexpr double kPatience = 60;
#endif

// What is promised: 50 ms for a megabyte.
inline double allowed_seconds(size_t bytes) {
  return kPatience * 0.050 * std::max(static_cast<double>(bytes) / (1 << 20), 0.1);
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_CPU_TIME_H_
