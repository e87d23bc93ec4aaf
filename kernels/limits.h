// What this processor can do at most, in a form that shares of it can be computed from. Limits
// drift with the clock and the neighbours: measure them beside the figure that they belong to.

#ifndef FOVEA_KERNELS_LIMITS_H_
#define FOVEA_KERNELS_LIMITS_H_

#include <cstddef>

#include "kernels/kernels.h"

namespace fovea {
namespace kernels {

// `seconds` is the caller's clock: kernels have none.
using Clock = double (*)();

// Multiply-adds in registers, in 1e9 floating-point operations (two each) per second. `count` of
// them take a few milliseconds: 1 << 26 on a desktop, 1 << 16 on a microcontroller.
inline double multiply_add_gflops(const Kernels& row, Clock seconds, size_t count) {
  const float factors[2] = {1e-9f, 1.0f};
  float sink[16];
  const LimitF32 args = {factors, sink, count};
  const double start = seconds();
  row.multiply_add_limit(args);
  return 2e-9 * static_cast<double>(count) / (seconds() - start);
}

// The same of codes, in 1e9 operations per second.
inline double code_gops(const Kernels& row, Clock seconds, size_t count) {
  float sink[16];
  const LimitF32 args = {sink, sink, count};
  const double start = seconds();
  row.code_limit(args);
  return 2e-9 * static_cast<double>(count) / (seconds() - start);
}

// Reads of a buffer of `count` floats, `times` over, in GB/s.
inline double read_gbytes(const Kernels& row, Clock seconds, const float* buffer, size_t count,
                          size_t times) {
  float sink[16];
  const LimitF32 args = {buffer, sink, count};
  const double start = seconds();
  for (size_t i = 0; i < times; ++i) row.read_limit(args);
  return 1e-9 * static_cast<double>(count * sizeof(float) * times) / (seconds() - start);
}

}  // namespace kernels
}  // namespace fovea

#endif  // FOVEA_KERNELS_LIMITS_H_
