// Medians of a piece of work and of the limit that binds it, interleaved, with noisy samples left
// out. Neighbours on the same core or memory bus slow real kernels down while a pure multiply-add
// loop hardly notices: a small register tile on cached data before and after each sample tells.

#ifndef FOVEA_TESTS_BENCH_MEASURE_H_
#define FOVEA_TESTS_BENCH_MEASURE_H_

#include <functional>

#include "kernels/kernels.h"

namespace fovea::bench {

double seconds();

struct Work {
  std::function<void()> run;
  double multiply_adds = 0.0;
  bool of_codes = false;          // whose limit is another
  double bytes = 0.0;             // read from memory or cache at least once
  const float* buffer = nullptr;  // what is read, for the bandwidth limit; null: none measured
  size_t buffer_floats = 0;
};

struct Figures {
  double median, low, high;           // seconds per run: the median and the quartiles
  double gflops, gbytes;              // at the median
  double gflops_limit, gbytes_limit;  // medians of the interleaved samples; 0 if not measured
  int samples, quiet;                 // taken, and used
};

Figures measure(const kernels::Kernels& row, const Work& work, double budget_seconds);

}  // namespace fovea::bench

#endif  // FOVEA_TESTS_BENCH_MEASURE_H_
