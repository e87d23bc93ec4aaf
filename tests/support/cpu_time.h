// Bounds of time: as the processor counts it, for other programs may run at the same time.

#ifndef FOVEA_TESTS_SUPPORT_CPU_TIME_H_
#define FOVEA_TESTS_SUPPORT_CPU_TIME_H_

#include <algorithm>
#include <ctime>
#include <limits>

namespace fovea::test {

// The factor by which a bound is wider than what is promised: machines that test are slower and
// busier than the one the promise was measured on; builds that are not for speed, and emulators,
// only show that nothing grows without bound.
#if defined(__OPTIMIZE__) && !defined(FOVEA_SANITIZED) && defined(__x86_64__)
inline constexpr double kPatience = 2;
#else
inline constexpr double kPatience = 60;
#endif

// The best of some times.
template <typename Work>
double cpu_seconds(int times, const Work& work) {
  double best = std::numeric_limits<double>::max();
  for (int i = 0; i < times; ++i) {
    const std::clock_t start = std::clock();
    work();
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

}  // namespace fovea::test

#endif  // FOVEA_TESTS_SUPPORT_CPU_TIME_H_
