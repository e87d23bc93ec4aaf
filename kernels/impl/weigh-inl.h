// Scores of one row to exponentials, all in vectors.

#ifndef FOVEA_KERNELS_IMPL_WEIGH_INL_H_
#define FOVEA_KERNELS_IMPL_WEIGH_INL_H_

#include "kernels/impl/math-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// The first `count` of 16 lanes, of which v is the j-th vector; the others are `otherwise`.
template <class A>
FOVEA_INLINE Vec<A> first_or(Vec<A> v, size_t j, Vec<A> count, Vec<A> otherwise) {
  return select(load<A>(kLaneIndex + j * kWidth<A>) < count, v, otherwise);
}

// The largest score of a row, and the sum of the exponentials.
struct Weighed {
  float max, sum;
};

// The largest of the first `whole` scores, whole panels, and of `rest` ones that follow.
template <class A>
FOVEA_INLINE float largest_score(const float* scores, size_t whole, Vec<A> rest, bool more) {
  const Vec<A> least = broadcast<A>(-kInfinity);
  Vec<A> best[kVectors<A>];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) best[j] = least;
  for (size_t t = 0; t < whole; t += kLanes) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      best[j] = maximum(load<A>(scores + t + j * kWidth<A>), best[j]);
    }
  }
  if (more) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      const Vec<A> s = load<A>(scores + whole + j * kWidth<A>);
      best[j] = maximum(first_or<A>(s, j, rest, least), best[j]);
    }
  }
  FOVEA_UNROLL
  for (size_t n = kVectors<A> / 2; n > 0; n /= 2) {
    FOVEA_UNROLL
    for (size_t j = 0; j < n; ++j) best[j] = maximum(best[j], best[j + n]);
  }
  return lane_max<A>(best[0]);
}

// Scores of one row, in whole panels, to exponentials, of which those from `seen` to `keys` are 0.
template <class A>
FOVEA_INLINE Weighed weigh(float* scores, size_t seen, size_t keys) {
  const size_t whole = seen / kLanes * kLanes;
  const Vec<A> rest = broadcast<A>(static_cast<float>(seen - whole)), zero = broadcast<A>(0.0f);
  const float max = largest_score<A>(scores, whole, rest, whole < seen);
  const Vec<A> shift = broadcast<A>(max == -kInfinity ? 0.0f : max);
  Vec<A> sum[kVectors<A>];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) sum[j] = zero;
  size_t t = 0;
  for (; t < whole; t += kLanes) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      float* at = scores + t + j * kWidth<A>;
      const Vec<A> p = exp2_negative<A>(load<A>(at) - shift);
      store(at, p);
      sum[j] = sum[j] + p;
    }
  }
  if (t < seen) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      float* at = scores + t + j * kWidth<A>;
      const Vec<A> p = first_or<A>(exp2_negative<A>(load<A>(at) - shift), j, rest, zero);
      store(at, p);
      sum[j] = sum[j] + p;
    }
    t += kLanes;
  }
  for (; t < keys; t += kWidth<A>) store(scores + t, zero);
  return {max, tree_sum<A>(sum)};
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_WEIGH_INL_H_
