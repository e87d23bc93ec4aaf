// Scores of a few rows to exponentials, all in vectors.

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

// One number of each of kRows rows.
template <class A, size_t kRows>
FOVEA_INLINE void rows_max(const Vec<A> (&lanes)[kRows], float* max) {
  if constexpr (kRows == 4) {
    lane_max_four<A>(lanes, max);
  } else {
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) max[i] = lane_max<A>(lanes[i]);
  }
}

template <class A, size_t kRows>
FOVEA_INLINE void rows_sum(const Vec<A> (&lanes)[kRows][kVectors<A>], float* sum) {
  if constexpr (kRows == 4) {
    tree_sum_four<A>(lanes, sum);
  } else {
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) sum[i] = tree_sum<A>(lanes[i]);
  }
}

// Scores that become exponentials: of a few rows, each in whole panels, that see as many panels.
struct Scores {
  float* first;  // of the first row; the rows lie `stride` apart
  size_t stride;
  const size_t* seen;  // keys that each row sees
  size_t keys;         // the exponentials of those from there to here are 0

  // Keys before the last panel that is seen.
  FOVEA_INLINE size_t whole() const { return seen[0] == 0 ? 0 : (seen[0] - 1) / kLanes * kLanes; }
};

// How many keys of its last panel a row sees.
template <class A>
FOVEA_INLINE Vec<A> last_keys(const Scores& s, size_t i) {
  return broadcast<A>(static_cast<float>(s.seen[i] - s.whole()));
}

// The largest score of every row.
template <class A, size_t kRows>
FOVEA_INLINE void largest_scores(const Scores& s, float* max) {
  const size_t whole = s.whole();
  const Vec<A> least = broadcast<A>(-kInfinity);
  Vec<A> best[kRows];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    const float* scores = s.first + i * s.stride;
    Vec<A> lanes[kVectors<A>];
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) lanes[j] = least;
    for (size_t t = 0; t < whole; t += kLanes) {
      FOVEA_UNROLL
      for (size_t j = 0; j < kVectors<A>; ++j) {
        lanes[j] = maximum(load<A>(scores + t + j * kWidth<A>), lanes[j]);
      }
    }
    if (whole < s.seen[i]) {
      const Vec<A> rest = last_keys<A>(s, i);
      FOVEA_UNROLL
      for (size_t j = 0; j < kVectors<A>; ++j) {
        const Vec<A> last = load<A>(scores + whole + j * kWidth<A>);
        lanes[j] = maximum(first_or<A>(last, j, rest, least), lanes[j]);
      }
    }
    FOVEA_UNROLL
    for (size_t n = kVectors<A> / 2; n > 0; n /= 2) {
      FOVEA_UNROLL
      for (size_t j = 0; j < n; ++j) lanes[j] = maximum(lanes[j], lanes[j + n]);
    }
    best[i] = lanes[0];
  }
  rows_max<A>(best, max);
}

// Scores to exponentials, and the largest score and the sum of every row's. Rows side by side share
// the trees of their maxima and sums, and hide their latency.
template <class A, size_t kRows>
void weigh(const Scores& s, float* max, float* sums) {
  const size_t whole = s.whole();
  const Vec<A> zero = broadcast<A>(0.0f);
  largest_scores<A, kRows>(s, max);
  Vec<A> sum[kRows][kVectors<A>];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    float* scores = s.first + i * s.stride;
    const Vec<A> shift = broadcast<A>(max[i] == -kInfinity ? 0.0f : max[i]);
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) sum[i][j] = zero;
    size_t t = 0;
    for (; t < whole; t += kLanes) {
      FOVEA_UNROLL
      for (size_t j = 0; j < kVectors<A>; ++j) {
        float* at = scores + t + j * kWidth<A>;
        const Vec<A> p = exp2_negative<A>(load<A>(at) - shift);
        store(at, p);
        sum[i][j] = sum[i][j] + p;
      }
    }
    if (t < s.seen[i]) {
      const Vec<A> rest = last_keys<A>(s, i);
      FOVEA_UNROLL
      for (size_t j = 0; j < kVectors<A>; ++j) {
        float* at = scores + t + j * kWidth<A>;
        const Vec<A> p = first_or<A>(exp2_negative<A>(load<A>(at) - shift), j, rest, zero);
        store(at, p);
        sum[i][j] = sum[i][j] + p;
      }
      t += kLanes;
    }
    for (; t < s.keys; t += kWidth<A>) store(scores + t, zero);
  }
  rows_sum<A>(sum, sums);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_WEIGH_INL_H_
