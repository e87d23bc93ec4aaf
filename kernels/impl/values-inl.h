// The register tile of attention's second product: weights times values, merged into the running
// result of earlier key blocks.

#ifndef FOVEA_KERNELS_IMPL_VALUES_INL_H_
#define FOVEA_KERNELS_IMPL_VALUES_INL_H_

#include "kernels/impl/product-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Keys of a block that lie in one run.
struct KeyPiece {
  const KeyRun* run;
  size_t slot;  // of the first key in the run, a multiple of 16
  size_t position, count;
  size_t left;  // keys of the run from here on
  Masking masking;
};

template <class K>
FOVEA_INLINE const K* keys_of(const AttentionShape& a, const KeyPiece& piece) {
  return static_cast<const K*>(piece.run->keys) + piece.slot * slot_elements<K>(a.key_width);
}
template <class K>
FOVEA_INLINE const K* values_of(size_t value_stride, const KeyPiece& piece) {
  return static_cast<const K*>(piece.run->values) + piece.slot * slot_elements<K>(value_stride);
}

// The keys of a block that its queries may see. Their scores lie side by side.
struct KeyBlock {
  KeyPiece pieces[3];
  size_t count, keys;
};

// out[i] = out[i] * keep[i] + (sum over keys of p[i][key] * value[key]) * add[i]: x are the p.
template <class K>
struct ValueTileOf {
  const float* x;  // [rows][block.keys], x_stride apart
  size_t x_stride;
  const KeyBlock* block;
  size_t column;   // of every value and of out
  const K* ahead;  // what to fetch meanwhile
  size_t value_stride;
  float* out;  // [rows], out_stride apart
  size_t out_stride;
  const float* keep;  // [rows]
  const float* add;   // [rows]
};

// add(product) for each piece, in ascending order of keys, which fetches `fetched` elements for
// each of them.
template <class K, class Add>
FOVEA_INLINE void for_pieces(const ValueTileOf<K>& t, size_t fetched, Add add) {
  ProductOf<K> p = {t.x, t.x_stride, nullptr, 0, 0, t.ahead, 0};
  for (size_t n = 0; n < t.block->count; ++n) {
    const K* values = values_of<K>(t.value_stride, t.block->pieces[n]) + t.column;
    for (size_t left = t.block->pieces[n].count; left > 0; left -= p.k, p.x += p.k) {
      p.w = values;
      p.k = kHasUnits<K> ? min_size(left, kLanes) : left;
      add(p);
      if constexpr (kHasUnits<K>) {
        values += kLanes * slot_elements<K>(t.value_stride);
        p.ahead += p.k * fetched;
      }
    }
  }
}

// Numbers of some rows, one for each slot of the blocks from `slots` on, times the slots' own.
template <class A, class K>
FOVEA_INLINE void scale_slots(const K* slots, size_t width, size_t count, size_t rows, float* x,
                              size_t x_stride) {
  for (size_t t = 0; t < count; t += kLanes, slots += kLanes * slot_elements<K>(width)) {
    const float* units = units_of(slots, width);
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      const Vec<A> unit = load<A>(units + j * kWidth<A>);
      for (size_t i = 0; i < rows; ++i) {
        float* at = x + i * x_stride + t + j * kWidth<A>;
        store(at, load<A>(at) * unit);
      }
    }
  }
}

// Where vectors are single numbers a key that weighs nothing costs less to pass by than to look for
// afterwards (weightless-inl.h).
template <class A>
inline constexpr bool kPassesBy = kWidth<A> == 1;

// visit(row, weight, value) for the keys of a piece that weigh something in a row.
template <size_t kRows, class K, class Visit>
FOVEA_INLINE void for_weighing(const ValueTileOf<K>& t, ProductOf<K> p, Visit visit) {
  const K* const slots = p.w - t.column;
  for (size_t n = 0; n < p.k; ++n, p.w += t.value_stride) {
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) {
      float weight = p.x[i * t.x_stride + n];
      if (weight == 0.0f) continue;
      if constexpr (kHasUnits<K>) weight *= units_of(slots, t.value_stride)[n];
      visit(i, weight, p.w);
    }
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
template <class A, size_t kRows, size_t kVecs, class K>
void value_tile(const ValueTileOf<K>& t) {
  Vec<A> sums[kRows][1][kVecs];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) sums[i][0][j] = broadcast<A>(0.0f);
  }
  constexpr Fetch kFetch = score_fetch<A>(kRows) == Fetch::kStream ? Fetch::kStream : Fetch::kNone;
  for_pieces(t, round_up(kVecs * kWidth<A>, kLanes), [&](const ProductOf<K>& p) FOVEA_LAMBDA {
    if constexpr (kPassesBy<A>) {
      for_weighing<kRows>(t, p, [&](size_t i, float weight, const K* value) FOVEA_LAMBDA {
        FOVEA_UNROLL
        for (size_t j = 0; j < kVecs; ++j) {
          sums[i][0][j] = mul_add(broadcast<A>(weight), load<A>(value + j), sums[i][0][j]);
        }
      });
    } else {
      accumulate<A, kFetch>(p, t.value_stride, sums);
    }
  });
  // Compilers would read what t has again after each store.
  float* const result = t.out + t.column;
  const float *const keeps = t.keep, *const adds = t.add;
  const size_t stride = t.out_stride;
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    const Vec<A> keep = broadcast<A>(keeps[i]);
    const Vec<A> add = broadcast<A>(adds[i]);
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) {
      float* out = result + i * stride + j * kWidth<A>;
      store(out, mul_add(load<A>(out), keep, sums[i][0][j] * add));
    }
  }
}

// The last columns, at most one vector of them at a time.
template <class A, size_t kRows, class K>
void value_edge(ValueTileOf<K> t, size_t width) {
  for (; width > 0; width -= min_size(width, kWidth<A>)) {
    Vec<A> sums[kRows];
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) sums[i] = broadcast<A>(0.0f);
    for_pieces(t, 0, [&](ProductOf<K> p) FOVEA_LAMBDA {
      if constexpr (kPassesBy<A>) {
        return for_weighing<kRows>(t, p, [&](size_t i, float weight, const K* value) FOVEA_LAMBDA {
          sums[i] = mul_add(broadcast<A>(weight), load<A>(value), sums[i]);
        });
      }
      for (; p.k > 0; --p.k, ++p.x, p.w += t.value_stride) {
        const Vec<A> value = load_first<A>(p.w, width);
        FOVEA_UNROLL
        for (size_t i = 0; i < kRows; ++i) {
          sums[i] = mul_add(broadcast<A>(p.x[i * t.x_stride]), value, sums[i]);
        }
      }
    });
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
template <class A, size_t kRows, size_t kVecs = value_vectors<A>(kRows), class K>
FOVEA_INLINE void value_columns(ValueTileOf<K>& t, size_t width) {
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

template <class A, size_t kRows = Tuning<A>::kValueRows, class K>
FOVEA_INLINE void run_value_tile(size_t rows, ValueTileOf<K> t, size_t width) {
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
