// The register tile that linear layers and attention scores share: a few rows of x times a few
// panels of w.

#ifndef FOVEA_KERNELS_IMPL_TILE_INL_H_
#define FOVEA_KERNELS_IMPL_TILE_INL_H_

#include "kernels/impl/product-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// y[i][n] = (bias[n] + sum over k of x[i][k] * w[n][k]) + residual[i][n]. Groups are panels.
template <class W, bool>
struct WideBuffer;
template <class W, bool = kIsWide<W>>
struct WideTile {};
template <class W>
struct WideTile<W, true> {
  struct {
    WideBuffer<W, true>* buffer;
    size_t row, panel;  // the tile's first in the buffer
    bool ends;          // whether the buffer has the last words
  } wide;
};

template <class W>
struct TileOf : ProductOf<W>, WideTile<W> {
  const float* bias;      // [panels * 16], or null for zeros
  const float* residual;  // or null
  size_t residual_stride;
  float* y;
  size_t y_stride;
  size_t last;  // outputs of the last panel, 1 to 16
};
using Tile = TileOf<float>;

// Panels that a tile of so many rows takes at once, so that all accumulators stay in registers.
template <class A>
FOVEA_INLINE constexpr size_t tile_panels(size_t rows) {
  // A division of the work is made for its largest piece: pieces of fewer rows must take as many.
  static_assert(Tuning<A>::kOneRowPanels >= Tuning<A>::kTilePanels, "one row takes most panels");
  const size_t most = rows == 1 ? Tuning<A>::kOneRowPanels : Tuning<A>::kTilePanels;
  const size_t fit = Tuning<A>::kAccumulators / (rows * kVectors<A>);
  return fit < 1 ? 1 : min_size(fit, most);
}

// Vectors of a panel that such a tile takes: all, or a part where even one panel is too many.
template <class A>
FOVEA_INLINE constexpr size_t tile_vectors(size_t rows) {
  size_t vectors = kVectors<A>;
  while (vectors * rows > Tuning<A>::kAccumulators) vectors /= 2;
  return vectors;
}

template <class A, class W, size_t kRows, size_t kPanels, size_t kVecs>
FOVEA_INLINE void start_tile(const TileOf<W>& t, Vec<A> (&sums)[kRows][kPanels][kVecs]) {
  FOVEA_UNROLL
  for (size_t p = 0; p < kPanels; ++p) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) {
      const Vec<A> start =
          t.bias != nullptr ? load<A>(t.bias + p * kLanes + j * kWidth<A>) : broadcast<A>(0.0f);
      FOVEA_UNROLL
      for (size_t i = 0; i < kRows; ++i) sums[i][p][j] = start;
    }
  }
}

// y = sums + residual, of the first t.last of 16 outputs that start at `column`.
template <class W>
void store_edge(const TileOf<W>& t, const float* sums, size_t rows, size_t column) {
  for (size_t i = 0; i < rows; ++i) {
    float* y = t.y + i * t.y_stride + column;
    for (size_t n = 0; n < t.last; ++n) {
      const float sum = sums[i * kLanes + n];
      y[n] = t.residual == nullptr ? sum : sum + t.residual[i * t.residual_stride + column + n];
    }
  }
}

template <class A, size_t kVecs>
FOVEA_INLINE void add_vectors(const float* x, Vec<A> (&sums)[kVecs]) {
  FOVEA_UNROLL
  for (size_t j = 0; j < kVecs; ++j) sums[j] = sums[j] + load<A>(x + j * kWidth<A>);
}

template <class A, size_t kVecs>
FOVEA_INLINE void store_vectors(float* y, const Vec<A> (&sums)[kVecs]) {
  FOVEA_UNROLL
  for (size_t j = 0; j < kVecs; ++j) store(y + j * kWidth<A>, sums[j]);
}

template <size_t kRows, size_t kPanels, class Visit>
FOVEA_INLINE void for_panels(Visit visit) {
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    FOVEA_UNROLL
    for (size_t p = 0; p < kPanels; ++p) visit(i, p);
  }
}

// A last panel with fewer outputs than the tile computed takes the way through a buffer.
template <class A, class W, size_t kRows, size_t kPanels, size_t kVecs>
FOVEA_INLINE void finish_tile(const TileOf<W>& t, Vec<A> (&sums)[kRows][kPanels][kVecs]) {
  constexpr size_t kLast = kPanels - 1;
  const bool whole = t.last == kVecs * kWidth<A>;
  // Compilers would read what t has again after each store.
  float* const y = t.y;
  const size_t y_stride = t.y_stride;
  float edge[kRows * kLanes];
  float* last = whole ? y + kLast * kLanes : edge;
  const size_t last_stride = whole ? y_stride : kLanes;
  if (t.residual != nullptr) {
    for_panels<kRows, kLast>([&](size_t i, size_t p) FOVEA_LAMBDA {
      add_vectors<A>(t.residual + i * t.residual_stride + p * kLanes, sums[i][p]);
    });
    if (whole) {
      for_panels<kRows, 1>([&](size_t i, size_t) FOVEA_LAMBDA {
        add_vectors<A>(t.residual + i * t.residual_stride + kLast * kLanes, sums[i][kLast]);
      });
    }
  }
  for_panels<kRows, kLast>([&](size_t i, size_t p) FOVEA_LAMBDA {
    store_vectors<A>(y + i * y_stride + p * kLanes, sums[i][p]);
  });
  for_panels<kRows, 1>([&](size_t i, size_t) FOVEA_LAMBDA {
    store_vectors<A>(last + i * last_stride, sums[i][kLast]);
  });
  if (!whole) store_edge(t, edge, kRows, kLast * kLanes);
}

template <class A, size_t kRows, size_t kPanels, Fetch kFetch, class W>
void tile(const TileOf<W>& t) {
  Vec<A> sums[kRows][kPanels][tile_vectors<A>(kRows)];
  start_tile<A>(t, sums);
  accumulate<A, kFetch>(t, kLanes, sums);
  finish_tile<A>(t, sums);
}

// A panel in parts, as many of them as have outputs.
template <class A, size_t kRows, Fetch kFetch, class W>
FOVEA_INLINE void tile_parts(TileOf<W>& t) {
  constexpr size_t kPart = tile_vectors<A>(kRows) * kWidth<A>;
  for (size_t left = t.last;; left -= kPart) {
    t.last = min_size(left, kPart);
    tile<A, kRows, 1, kFetch>(t);
    if (left <= kPart) return;
    t.w += kPart;
    t.y += kPart;
    if (t.bias != nullptr) t.bias += kPart;
    if (t.residual != nullptr) t.residual += kPart;
  }
}

template <class A, size_t kRows, size_t kPanels, Fetch kFetch, class W>
FOVEA_INLINE void choose_panels(size_t panels, TileOf<W>& t) {
  if constexpr (tile_vectors<A>(kRows) < kVectors<A>) {
    tile_parts<A, kRows, kFetch>(t);
  } else if constexpr (kPanels == 1) {
    tile<A, kRows, 1, kFetch>(t);
  } else {
    if (panels == kPanels) return tile<A, kRows, kPanels, kFetch>(t);
    choose_panels<A, kRows, kPanels - 1, kFetch>(panels, t);
  }
}

// The tile of rows <= kRows and panels <= tile_panels<A>(rows). Leaves t anyhow.
template <class A, Fetch (*kFetch)(size_t), size_t kRows, class W>
FOVEA_INLINE void run_tile(size_t rows, size_t panels, TileOf<W>& t) {
  if constexpr (kRows == 1) {
    choose_panels<A, 1, tile_panels<A>(1), kFetch(1)>(panels, t);
  } else {
    if (rows == kRows) {
      return choose_panels<A, kRows, tile_panels<A>(kRows), kFetch(kRows)>(panels, t);
    }
    run_tile<A, kFetch, kRows - 1>(rows, panels, t);
  }
}

template <class A, class W>
FOVEA_INLINE void run_linear_tile(size_t rows, size_t panels, TileOf<W>& t) {
  run_tile<A, linear_fetch<A>, Tuning<A>::kTileRows>(rows, panels, t);
}

template <class A, class K>
FOVEA_INLINE void run_score_tile(size_t rows, size_t panels, TileOf<K>& t) {
  run_tile<A, score_fetch<A>, Tuning<A>::kScoreRows>(rows, panels, t);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_TILE_INL_H_
