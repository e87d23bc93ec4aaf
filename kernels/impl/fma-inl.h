// The project's own correctly rounded fused multiply-add, for processors without one.

#ifndef FOVEA_KERNELS_IMPL_FMA_INL_H_
#define FOVEA_KERNELS_IMPL_FMA_INL_H_

#include <stdint.h>
#include <string.h>

#include "kernels/impl/vec-inl.h"

#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "float and double must be evaluated in their own precision (use SSE2 on 32-bit x86)"
#endif

namespace fovea::kernels::FOVEA_ROW {
namespace {

// product + c rounded to odd: the sum where it is exact, otherwise its neighbour with an odd last
// bit (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008). A second
// rounding to a format at least two bits narrower is then correct, subnormal results included.
inline __attribute__((noinline, cold)) double add_to_odd(double product, double c) {
  const double sum = product + c;
  const double c_part = sum - product;  // Knuth's two-sum: sum + error is exact
  const double error = (product - (sum - c_part)) + (c - c_part);
  if (!(error > 0.0) && !(error < 0.0)) return sum;  // exact, infinite or NaN
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  if (bits & 1) return sum;
  bits += (error > 0.0) == (sum > 0.0) ? 1 : -1;
  double odd;
  memcpy(&odd, &bits, sizeof odd);
  return odd;
}

// a * b + c rounded once. The product of two floats is exact in a double. A plain conversion of
// the double sum rounds a second time, which matters only where the sum lies half-way between two
// normal floats (the 29 lower bits are 100..0) or near the subnormal ones.
FOVEA_INLINE float software_fma(float a, float b, float c) {
  const double product = static_cast<double>(a) * static_cast<double>(b);
  const double sum = product + static_cast<double>(c);
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  const bool half_way = (bits & 0x1fffffff) == 0x10000000;
  const double magnitude = sum < 0.0 ? -sum : sum;
  if (__builtin_expect(!half_way && magnitude >= 0x1p-125, 1)) return static_cast<float>(sum);
  return static_cast<float>(add_to_odd(product, static_cast<double>(c)));
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_FMA_INL_H_
