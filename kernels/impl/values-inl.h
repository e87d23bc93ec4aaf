// The register tile of attention's second product: weights times values, merged into the running
// result of earlier key blocks.

#ifndef FOVEA_KERNELS_IMPL_VALUES_INL_H_
#define FOVEA_KERNELS_IMPL_VALUES_INL_H_

#include "kernels/impl/product-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Keys of a block that lie in one run.
struct KeyPiece {
  const float *keys, *values;
  size_t position, count;
  size_t left;  // keys of the run from here on
};

// The keys of a block that its queries may see. Their scores lie side by side.
struct KeyBlock {
  KeyPiece pieces[3];
  size_t count, keys;
};

// out[i] = out[i] * keep[i] + (sum over keys of p[i][key] * value[key]) * add[i]: x are the p.
struct ValueTile {
  const float* x;  // [rows][block.keys], x_stride apart
  size_t x_stride;
  const KeyBlock* block;
  size_t column;  // of every value and of out
  const float* ahead;
  size_t ahead_step;
  size_t value_stride;
  float* out;  // [rows], out_stride apart
  size_t out_stride;
  const float* keep;  // [rows]
  const float* add;   // [rows]
};

// add(product) for each piece, in ascending order of keys.
template <class Add>
FOVEA_INLINE void for_pieces(const ValueTile& t, Add add) {
  Product p = {t.x, t.x_stride, nullptr, 0, 0, t.ahead, t.ahead_step};
  for (size_t n = 0; n < t.block->count; ++n, p.x += p.k) {
    p.w = t.block->pieces[n].values + t.column;
    p.k = t.block->pieces[n].count;
    add(p);
  }
}

// Vectors of a value row that a tile takes at once.
template <class A>
FOVEA_INLINE constexpr size_t value_vectors(size_t rows) {
  size_t vectors = 1;
  while (vectors * Tuning<A>::kValueStep * rows <= Tuning<A>::kAccumulators && vectors < 8) {
    vectors *= Tuning<A>::kValueStep;
  }
  return vectors;
}

// A tile of kRows rows and kVecs whole vectors.
template <class A, size_t kRows, size_t kVecs>
void value_tile(const ValueTile& t) {
  Vec<A> sums[kRows][1][kVecs];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) sums[i][0][j] = broadcast<A>(0.0f);
  }
  constexpr Fetch kFetch = score_fetch<A>(kRows) == Fetch::kStream ? Fetch::kStream : Fetch::kNone;
  for_pieces(
      t, [&](const Product& p) FOVEA_LAMBDA { accumulate<A, kFetch>(p, t.value_stride, sums); });
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    const Vec<A> keep = broadcast<A>(t.keep[i]);
    const Vec<A> add = broadcast<A>(t.add[i]);
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) {
      float* out = t.out + i * t.out_stride + t.column + j * kWidth<A>;
      store(out, mul_add(load<A>(out), keep, sums[i][0][j] * add));
    }
  }
}

// The last columns, at most one vector of them at a time.
template <class A, size_t kRows>
void value_edge(ValueTile t, size_t width) {
  for (; width > 0; width -= min_size(width, kWidth<A>)) {
    Vec<A> sums[kRows];
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) sums[i] = broadcast<A>(0.0f);
    const float* x = t.x;
    for (size_t n = 0; n < t.block->count; ++n) {
      const float* w = t.block->pieces[n].values + t.column;
      for (size_t keys = t.block->pieces[n].count; keys > 0; --keys, ++x, w += t.value_stride) {
        const Vec<A> value = load_first<A>(w, width);
        FOVEA_UNROLL
        for (size_t i = 0; i < kRows; ++i) {
          sums[i] = mul_add(broadcast<A>(x[i * t.x_stride]), value, sums[i]);
        }
      }
    }
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) {
      float* out = t.out + i * t.out_stride + t.column;
      const Vec<A> added = sums[i] * broadcast<A>(t.add[i]);
      store(out, mul_add(load<A>(out), broadcast<A>(t.keep[i]), added));
    }
    ++t.column;
  }
}

// All columns of kRows rows: the widest tiles first.
template <class A, size_t kRows, size_t kVecs = value_vectors<A>(kRows)>
FOVEA_INLINE void value_columns(ValueTile& t, size_t width) {
  constexpr size_t kColumns = kVecs * kWidth<A>;
  if constexpr (kColumns == 1) {
    value_edge<A, kRows>(t, width);
  } else {
    for (; width >= kColumns; width -= kColumns) {
      value_tile<A, kRows, kVecs>(t);
      t.column += kColumns;
      t.ahead += t.block->keys * round_up(kColumns, kLanes);
    }
    if constexpr (kVecs > 1) {
      value_columns<A, kRows, kVecs / Tuning<A>::kValueStep>(t, width);
    } else {
      value_edge<A, kRows>(t, width);
    }
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
