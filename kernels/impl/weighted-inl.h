// The register tile of attention's second product where one block holds all keys: weights times
// values, into the result.

#ifndef FOVEA_KERNELS_IMPL_WEIGHTED_INL_H_
#define FOVEA_KERNELS_IMPL_WEIGHTED_INL_H_

#include "kernels/impl/values-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// y[i] = (sum over keys of p[i][key] * value[key]) * factor[i] + 0: x are the p, w is the first
// value, k the number of keys. Adding +0 gives every zero the same sign, however many masked keys
// were summed.
struct WeightedTile : Product {
  size_t value_stride;
  float* const* y;      // [rows]
  size_t column;        // of every y
  const float* factor;  // [rows]
  size_t last;          // columns of the last vector
};

// A tile of kRows rows and kVecs vectors, the last of them in part where kEdge.
template <class A, size_t kRows, size_t kVecs, bool kEdge>
void weighted_tile(const WeightedTile& t) {
  Vec<A> sums[kRows][1][kVecs];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) sums[i][0][j] = broadcast<A>(0.0f);
  }
  if constexpr (kEdge) {
    const float* w = t.w;
    for (size_t key = 0; key < t.k; ++key, w += t.value_stride) {
      Vec<A> value[kVecs];
      FOVEA_UNROLL
      for (size_t j = 0; j + 1 < kVecs; ++j) value[j] = load<A>(w + j * kWidth<A>);
      value[kVecs - 1] = load_first<A>(w + (kVecs - 1) * kWidth<A>, t.last);
      FOVEA_UNROLL
      for (size_t i = 0; i < kRows; ++i) {
        const Vec<A> p = broadcast<A>(t.x[i * t.x_stride + key]);
        FOVEA_UNROLL
        for (size_t j = 0; j < kVecs; ++j) sums[i][0][j] = mul_add(p, value[j], sums[i][0][j]);
      }
    }
  } else {
    accumulate<A, Fetch::kNone>(t, t.value_stride, sums);
  }
  const Vec<A> zero = broadcast<A>(0.0f);
  // Compilers would read what t has again after each store.
  float* const* const results = t.y;
  const float* const factors = t.factor;
  const size_t column = t.column;
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    const Vec<A> factor = broadcast<A>(factors[i]);
    float* y = results[i] + column;
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) {
      const Vec<A> v = mul_add(sums[i][0][j], factor, zero);
      if (kEdge && j + 1 == kVecs) {
        store_first(y + j * kWidth<A>, v, t.last);
      } else {
        store(y + j * kWidth<A>, v);
      }
    }
  }
}

template <class A, size_t kRows, size_t kVecs, bool kEdge>
FOVEA_INLINE void next_columns(WeightedTile& t) {
  weighted_tile<A, kRows, kVecs, kEdge>(t);
  t.w += kVecs * kWidth<A>;
  t.column += kVecs * kWidth<A>;
}

// So many whole vectors of columns, the widest tiles first.
template <class A, size_t kRows, size_t kVecs = value_vectors<A>(kRows)>
FOVEA_INLINE void weighted_vectors(WeightedTile& t, size_t vectors) {
  for (; vectors >= kVecs; vectors -= kVecs) next_columns<A, kRows, kVecs, false>(t);
  if constexpr (kVecs > 1) weighted_vectors<A, kRows, kVecs / 2>(t, vectors);
}

// All columns of kRows rows. A last part of a vector takes one before it along.
template <class A, size_t kRows>
FOVEA_INLINE void weighted_columns(WeightedTile& t, size_t width) {
  const size_t whole = width / kWidth<A>;
  t.column = 0;
  t.last = width % kWidth<A>;
  if (t.last == 0) return weighted_vectors<A, kRows>(t, whole);
  if (whole == 0) return next_columns<A, kRows, 1, true>(t);
  weighted_vectors<A, kRows>(t, whole - 1);
  next_columns<A, kRows, 2, true>(t);
}

template <class A, size_t kRows = Tuning<A>::kValueRows>
FOVEA_INLINE void run_weighted_tile(size_t rows, WeightedTile& t, size_t width) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return run_weighted_tile<A, kRows - 1>(rows, t, width);
  }
  weighted_columns<A, kRows>(t, width);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_WEIGHTED_INL_H_
