// Register tiles of single rows that have matrices of their own: one query each of several heads or
// sequences. Side by side they hide the latency of each other's sums.

#ifndef FOVEA_KERNELS_IMPL_APART_INL_H_
#define FOVEA_KERNELS_IMPL_APART_INL_H_

#include "kernels/impl/product-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

constexpr size_t kApart = 4;  // most rows of such a tile

// What the rows have in common is their sizes.
struct Apart {
  const float* x[kApart];  // [k]
  const float* w[kApart];  // groups of vectors, w_stride apart; the next k's lie w_step further
  float* y[kApart];
  size_t w_stride, w_step, k;
};

// Groups of vectors that such a tile takes at once.
template <class A>
FOVEA_INLINE constexpr size_t apart_groups(size_t vectors) {
  size_t groups = 4;
  while (groups > 1 && kApart * groups * vectors > Tuning<A>::kAccumulators) groups /= 2;
  return groups;
}

// Of the last vector of the last group only `last` floats where kEdge.
template <class A, bool kEdge, size_t kRows, size_t kGroups, size_t kVecs>
FOVEA_INLINE void accumulate_apart(const Apart& t, size_t last,
                                   Vec<A> (&sums)[kRows][kGroups][kVecs]) {
  const float* w[kRows];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    w[i] = t.w[i];
    FOVEA_UNROLL
    for (size_t n = 0; n < kGroups * kVecs; ++n) sums[i][n / kVecs][n % kVecs] = broadcast<A>(0.0f);
  }
  for (size_t k = 0; k < t.k; ++k) {
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) {
      const Vec<A> factor = broadcast<A>(t.x[i][k]);
      FOVEA_UNROLL
      for (size_t n = 0; n < kGroups * kVecs; ++n) {
        const float* from = w[i] + n / kVecs * t.w_stride + n % kVecs * kWidth<A>;
        const bool edge = kEdge && n + 1 == kGroups * kVecs;
        const Vec<A> v = edge ? load_first<A>(from, last) : load<A>(from);
        Vec<A>& sum = sums[i][n / kVecs][n % kVecs];
        sum = mul_add(factor, v, sum);
      }
      w[i] += t.w_step;
    }
  }
}

// y[i][n] = x[i] . w[i][n] for kPanels panels.
template <class A, size_t kRows, size_t kPanels>
void score_apart(const Apart& t) {
  Vec<A> sums[kRows][kPanels][kVectors<A>];
  accumulate_apart<A, false>(t, 0, sums);
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    FOVEA_UNROLL
    for (size_t n = 0; n < kPanels * kVectors<A>; ++n) {
      store(t.y[i] + n * kWidth<A>, sums[i][n / kVectors<A>][n % kVectors<A>]);
    }
  }
}

template <class A, size_t kRows, size_t kPanels = apart_groups<A>(kVectors<A>)>
FOVEA_INLINE void scores_apart(Apart& t, size_t panels) {
  for (; panels >= kPanels; panels -= kPanels) {
    score_apart<A, kRows, kPanels>(t);
    for (size_t i = 0; i < kRows; ++i) {
      t.w[i] += kPanels * t.w_stride;
      t.y[i] += kPanels * kLanes;
    }
  }
  if constexpr (kPanels > 1) scores_apart<A, kRows, kPanels - 1>(t, panels);
}

// y[i][j] = (sum over k of x[i][k] * w[i][k][j]) * factor[i] + 0 for kVecs vectors, of whose last
// only `last` floats are where kEdge.
template <class A, size_t kRows, size_t kVecs, bool kEdge>
void value_apart(const Apart& t, const float* factor, size_t last) {
  Vec<A> sums[kRows][kVecs][1];
  accumulate_apart<A, kEdge>(t, last, sums);
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    const Vec<A> f = broadcast<A>(factor[i]);
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) {
      const Vec<A> v = mul_add(sums[i][j][0], f, broadcast<A>(0.0f));
      float* y = t.y[i] + j * kWidth<A>;
      kEdge&& j + 1 == kVecs ? store_first(y, v, last) : store(y, v);
    }
  }
}

template <class A, size_t kRows, size_t kVecs = apart_groups<A>(1)>
FOVEA_INLINE void values_apart(Apart& t, const float* factor, size_t vectors) {
  for (; vectors >= kVecs; vectors -= kVecs) {
    value_apart<A, kRows, kVecs, false>(t, factor, 0);
    for (size_t i = 0; i < kRows; ++i) {
      t.w[i] += kVecs * kWidth<A>;
      t.y[i] += kVecs * kWidth<A>;
    }
  }
  if constexpr (kVecs > 1) values_apart<A, kRows, kVecs / 2>(t, factor, vectors);
}

// All columns. A last part of a vector takes one before it along.
template <class A, size_t kRows>
FOVEA_INLINE void value_columns_apart(Apart& t, const float* factor, size_t width) {
  const size_t whole = width / kWidth<A>, last = width % kWidth<A>;
  if (last == 0) return values_apart<A, kRows>(t, factor, whole);
  if (whole == 0) return value_apart<A, kRows, 1, true>(t, factor, last);
  values_apart<A, kRows>(t, factor, whole - 1);
  value_apart<A, kRows, 2, true>(t, factor, last);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_APART_INL_H_
