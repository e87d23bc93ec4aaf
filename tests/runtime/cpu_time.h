// How long opening takes, as the processor counts it: other programs may run at the same time.

#ifndef FOVEA_TESTS_RUNTIME_CPU_TIME_H_
#define FOVEA_TESTS_RUNTIME_CPU_TIME_H_

#include <algorithm>
#include <ctime>
#include <limits>

#include "tests/support/tiny_model.h"

namespace fovea::test {

// The best of three.
inline double open_seconds(const Image& image) {
  double best = std::numeric_limits<double>::max();
  for (int i = 0; i < 3; ++i) {
    fovea_model model;
    const std::clock_t start = std::clock();
    const fovea_code code = fovea_open(image.span(), {}, &model, nullptr);
    const std::clock_t ticks = std::clock() - start;
    if (code != FOVEA_BAD_ARGUMENT) best = std::min(best, double(ticks) / CLOCKS_PER_SEC);
  }
  return best;
}

// How much longer may take what builds that are not for speed do, or emulators.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && defined(__x86_64__)
inline constexpr double kPatience = 1;
#else
inline constexpr double kPatience = 60;
#endif

// 50 ms for a megabyte.
inline double allowed_seconds(size_t bytes) {
  return kPatience * 0.050 * std::max(static_cast<double>(bytes) / (1 << 20), 0.1);
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_RUNTIME_CPU_TIME_H_
