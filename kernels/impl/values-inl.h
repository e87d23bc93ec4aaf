// The register tile of attention's second product: weights times values, merged into the running
// result of earlier key blocks.

#ifndef FOVEA_KERNELS_IMPL_VALUES_INL_H_
#define FOVEA_KERNELS_IMPL_VALUES_INL_H_

#include "kernels/impl/tile-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// out[i] = out[i] * keep[i] + (sum over t < keys of p[i][t] * v[t]) * add[i].
struct ValueTile {
  const float* p;  // [rows][keys], p_stride apart
  size_t p_stride;
  const float* v;  // [keys], v_stride apart
  size_t v_stride;
  float* out;  // [rows], out_stride apart
  size_t out_stride;
  const float* keep;  // [rows]
  const float* add;   // [rows]
  size_t keys;
  const float* ahead;  // fetched meanwhile by tiles of a few rows: as many lines as they read
};

// Vectors of a value row that a tile takes at once.
template <class A>
FOVEA_INLINE constexpr size_t value_vectors(size_t rows) {
  size_t vectors = 1;
  while (vectors * Tuning<A>::kValueStep * rows <= Tuning<A>::kAccumulators && vectors < 8) {
    vectors *= Tuning<A>::kValueStep;
  }
  return vectors;
}

template <class A, bool kWhole>
FOVEA_INLINE Vec<A> load_values(const float* v, size_t width) {
  if constexpr (kWhole) {
    return load<A>(v);
  } else {
    return load_first<A>(v, width);
  }
}

// One tile of kRows rows and kVectors vectors; `width` counts where the only vector is not whole.
template <class A, size_t kRows, size_t kVecs, bool kWhole>
void value_tile(const ValueTile& t, size_t width) {
  Vec<A> acc[kRows][kVecs];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) acc[i][j] = broadcast<A>(0.0f);
  }
  const float* v = t.v;
  constexpr size_t kLines = divide_up(kVecs * kWidth<A>, kLanes);
  const float* ahead = t.ahead;
  for (size_t key = 0; key < t.keys; ++key) {
    Vec<A> value[kVecs];
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) {
      value[j] = load_values<A, kWhole>(v + j * kWidth<A>, width);
    }
    if constexpr (score_fetch<A>(kRows) == Fetch::kStream) {
      FOVEA_UNROLL
      for (size_t j = 0; j < kLines; ++j) __builtin_prefetch(ahead + j * t.keys * kLanes, 0, 2);
      ahead += kLanes;
    }
    v += t.v_stride;
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) {
      const Vec<A> p = broadcast<A>(t.p[i * t.p_stride + key]);
      FOVEA_UNROLL
      for (size_t j = 0; j < kVecs; ++j) acc[i][j] = mul_add(p, value[j], acc[i][j]);
    }
  }
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    const Vec<A> keep = broadcast<A>(t.keep[i]);
    const Vec<A> add = broadcast<A>(t.add[i]);
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) {
      float* out = t.out + i * t.out_stride + j * kWidth<A>;
      store(out, mul_add(load<A>(out), keep, acc[i][j] * add));
    }
  }
}

// All columns of kRows rows: the widest tiles first.
template <class A, size_t kRows, size_t kVecs = value_vectors<A>(kRows)>
FOVEA_INLINE void value_columns(ValueTile& t, size_t width) {
  for (; width >= kVecs * kWidth<A>; width -= kVecs * kWidth<A>) {
    value_tile<A, kRows, kVecs, true>(t, width);
    t.v += kVecs * kWidth<A>;
    t.out += kVecs * kWidth<A>;
    t.ahead += t.keys * round_up(kVecs * kWidth<A>, kLanes);
  }
  if constexpr (kVecs > 1) {
    value_columns<A, kRows, kVecs / Tuning<A>::kValueStep>(t, width);
  } else if constexpr (kWidth<A> > 1) {
    if (width > 0) value_tile<A, kRows, 1, false>(t, width);
  }
}

template <class A, size_t kRows = Tuning<A>::kValueRows>
FOVEA_INLINE void run_value_tile(size_t rows, ValueTile t, size_t width) {
  if constexpr (kRows == 1) {
    value_columns<A, 1>(t, width);
  } else {
    if (rows == kRows) return value_columns<A, kRows>(t, width);
    run_value_tile<A, kRows - 1>(rows, t, width);
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_VALUES_INL_H_
