// Sums along a row: 16 logical lanes, then one fixed tree, whatever the width of the hardware's
// vectors. Maxima, in any order.

#ifndef FOVEA_KERNELS_IMPL_REDUCE_INL_H_
#define FOVEA_KERNELS_IMPL_REDUCE_INL_H_

#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Lane i takes the elements whose index mod 16 is i, in ascending order: acc = step(acc, x). Lanes
// past the end take `padding`, for which the step must be an identity.
template <class A, class Step>
FOVEA_INLINE void reduce_lanes(const float* x, size_t width, Vec<A> start, float padding,
                               Vec<A> (&acc)[kVectors<A>], Step step) {
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) acc[j] = start;
  size_t i = 0;
  for (; i + kLanes <= width; i += kLanes) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) acc[j] = step(acc[j], load<A>(x + i + j * kWidth<A>));
  }
  if (i == width) return;
  alignas(64) float tail[kLanes];
  for (size_t n = 0; n < kLanes; ++n) tail[n] = i + n < width ? x[i + n] : padding;
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) acc[j] = step(acc[j], load<A>(tail + j * kWidth<A>));
}

template <class A, class Step>
FOVEA_INLINE float sum_row(const float* x, size_t width, float padding, Step step) {
  Vec<A> acc[kVectors<A>];
  reduce_lanes<A>(x, width, broadcast<A>(0.0f), padding, acc, step);
  return tree_sum<A>(acc);
}

template <class A>
float sum_row(const float* x, size_t width) {
  return sum_row<A>(x, width, 0.0f, [](Vec<A> sum, Vec<A> v) FOVEA_LAMBDA { return sum + v; });
}

template <class A>
float max_row(const float* x, size_t width) {
  constexpr size_t kTogether = 4;  // a maximum has no order: as many vectors as hide its latency
  Vec<A> best[kTogether];
  FOVEA_UNROLL
  for (size_t j = 0; j < kTogether; ++j) best[j] = broadcast<A>(-kInfinity);
  size_t i = 0;
  for (; i + kTogether * kWidth<A> <= width; i += kTogether * kWidth<A>) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kTogether; ++j) {
      best[j] = maximum(load<A>(x + i + j * kWidth<A>), best[j]);
    }
  }
  for (; i + kWidth<A> <= width; i += kWidth<A>) best[0] = maximum(load<A>(x + i), best[0]);
  float max = lane_max<A>(maximum(maximum(best[0], best[1]), maximum(best[2], best[3])));
  for (; i < width; ++i) max = x[i] > max ? x[i] : max;
  return max;
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_REDUCE_INL_H_
