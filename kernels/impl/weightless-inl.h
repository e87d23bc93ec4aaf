// Values of keys that weigh nothing. Register tiles multiply every value by its weight, and 0 times
// an infinity or a NaN is a NaN: so a key that one query does not see would reach it through
// another of its block. Where values are no numbers, their sums are taken once more, key by key.

#ifndef FOVEA_KERNELS_IMPL_WEIGHTLESS_INL_H_
#define FOVEA_KERNELS_IMPL_WEIGHTLESS_INL_H_

#include "kernels/impl/load-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Adds 0 times each number: what is infinite or a NaN leaves a NaN.
template <class A>
FOVEA_INLINE Vec<A> add_nothing(Vec<A> sum, const float* x, size_t width) {
  const Vec<A> zero = broadcast<A>(0.0f);
  size_t i = 0;
  for (; i + kWidth<A> <= width; i += kWidth<A>) sum = mul_add(load<A>(x + i), zero, sum);
  if constexpr (kWidth < A >> 1) {
    if (i < width) sum = mul_add(load_first<A>(x + i, width - i), zero, sum);
  }
  return sum;
}

template <class A>
FOVEA_INLINE bool has_nan(Vec<A> v) {
  Vec<A> lanes[kVectors<A>];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) lanes[j] = j == 0 ? v : broadcast<A>(0.0f);
  const float sum = tree_sum<A>(lanes);
  return sum != sum;
}

// Adds p[t] * value[t] of those keys whose p is not 0, in a vector of columns of which `left` are
// there. `slots`: of the first key, a multiple of 16.
template <class A, class K>
FOVEA_INLINE Vec<A> add_weighing(Vec<A> sum, const float* p, size_t keys, const K* slots,
                                 size_t stride, size_t column, size_t left) {
  for (size_t t = 0; t < keys; ++t) {
    if (p[t] == 0.0f) continue;
    const K* block = slots + t / kLanes * kLanes * slot_elements<K>(stride);
    const K* value = block + t % kLanes * stride + column;
    float factor = p[t];
    if constexpr (kHasUnits<K>) factor *= units_of(block, stride)[t % kLanes];
    const Vec<A> v = left < kWidth<A> ? load_first<A>(value, left) : load<A>(value);
    sum = mul_add(broadcast<A>(factor), v, sum);
  }
  return sum;
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_WEIGHTLESS_INL_H_
