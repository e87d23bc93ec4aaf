// The register tile that linear layers and attention scores share: a few rows of x times a few
// panels of w, every output accumulating over k serially with one multiply-add per term.

#ifndef FOVEA_KERNELS_IMPL_TILE_INL_H_
#define FOVEA_KERNELS_IMPL_TILE_INL_H_

#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// y[i][n] = (bias[n] + sum over k of x[i][k] * w[n][k]) + residual[i][n].
struct Tile {
  const float* x;
  size_t x_stride;
  const float* w;  // panels [k][16], w_stride apart
  size_t w_stride;
  const float* bias;      // [panels * 16], or null for zeros
  const float* residual;  // or null
  size_t residual_stride;
  float* y;
  size_t y_stride;
  size_t k;
  size_t last;         // outputs of the last panel, 1 to 16
  const float* ahead;  // what to fetch meanwhile
  size_t ahead_step;
};

// What a tile fetches from t.ahead into the second-level cache while it computes, per k. kNext: a
// line, moving on by t.ahead_step floats. kStream: as many lines as it reads, t.ahead_step floats
// apart, moving on by a line: processors follow several streams faster than one.
enum class Fetch { kNone, kNext, kStream };

// Tiles of few rows wait for memory anyway, and prefetches would take the load ports from them.
template <class A>
FOVEA_INLINE constexpr Fetch linear_fetch(size_t rows) {
  return Tuning<A>::kFetchRows != 0 && rows >= Tuning<A>::kFetchRows ? Fetch::kNext : Fetch::kNone;
}

// A few queries read keys and values once, in turn: each of them is fetched while the other is
// read.
template <class A>
FOVEA_INLINE constexpr Fetch score_fetch(size_t rows) {
  return Tuning<A>::kFetchRows != 0 && rows < 5 ? Fetch::kStream : linear_fetch<A>(rows);
}

// Panels that a tile of so many rows takes at once, so that all accumulators stay in registers.
template <class A>
FOVEA_INLINE constexpr size_t tile_panels(size_t rows) {
  const size_t most = rows == 1 ? Tuning<A>::kOneRowPanels : Tuning<A>::kTilePanels;
  const size_t fit = Tuning<A>::kAccumulators / (rows * kVectors<A>);
  return fit < 1 ? 1 : min_size(fit, most);
}

template <class A, size_t kRows, size_t kPanels>
FOVEA_INLINE void tile_start(const Tile& t, Vec<A> (&acc)[kRows][kPanels * kVectors<A>]) {
  FOVEA_UNROLL
  for (size_t j = 0; j < kPanels * kVectors<A>; ++j) {
    const Vec<A> start = t.bias != nullptr ? load<A>(t.bias + j * kWidth<A>) : broadcast<A>(0.0f);
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) acc[i][j] = start;
  }
}

// One term of every accumulator: x[i][u] * w[p][u][0..15].
template <class A, size_t kRows, size_t kPanels>
FOVEA_INLINE void tile_step(const float* const (&x)[kRows], const float* const (&w)[kPanels],
                            size_t u, Vec<A> (&acc)[kRows][kPanels * kVectors<A>]) {
  Vec<A> weights[kPanels * kVectors<A>];
  FOVEA_UNROLL
  for (size_t j = 0; j < kPanels * kVectors<A>; ++j) {
    weights[j] = load<A>(w[j / kVectors<A>] + u * kLanes + j % kVectors<A> * kWidth<A>);
  }
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    const Vec<A> factor = broadcast<A>(x[i][u]);
    FOVEA_UNROLL
    for (size_t j = 0; j < kPanels * kVectors<A>; ++j) {
      acc[i][j] = mul_add(factor, weights[j], acc[i][j]);
    }
  }
}

// kSteps terms, the pointers moving on.
template <class A, size_t kRows, size_t kPanels, Fetch kFetch, size_t kSteps>
FOVEA_INLINE void tile_steps(const float* (&x)[kRows], const float* (&w)[kPanels],
                             const float*& ahead, size_t ahead_step,
                             Vec<A> (&acc)[kRows][kPanels * kVectors<A>]) {
  FOVEA_UNROLL
  for (size_t u = 0; u < kSteps; ++u) tile_step<A, kRows, kPanels>(x, w, u, acc);
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) x[i] += kSteps;
  FOVEA_UNROLL
  for (size_t p = 0; p < kPanels; ++p) w[p] += kSteps * kLanes;
  if constexpr (kFetch == Fetch::kNext) {
    __builtin_prefetch(ahead, 0, 2);
    ahead += ahead_step;
  } else if constexpr (kFetch == Fetch::kStream) {
    FOVEA_UNROLL
    for (size_t p = 0; p < kPanels; ++p) __builtin_prefetch(ahead + p * ahead_step, 0, 2);
    ahead += kLanes;
  }
}

// The last panel may be narrower than 16 outputs.
template <class A, size_t kRows, size_t kPanels>
FOVEA_INLINE void tile_finish(const Tile& t, Vec<A> (&acc)[kRows][kPanels * kVectors<A>]) {
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kPanels * kVectors<A>; ++j) {
      const size_t at = j * kWidth<A>;
      const size_t end = (kPanels - 1) * kLanes + t.last;
      const bool whole = j < (kPanels - 1) * kVectors<A> || at + kWidth<A> <= end;
      if (!whole && at >= end) continue;
      Vec<A> v = acc[i][j];
      if (t.residual != nullptr) {
        const float* r = t.residual + i * t.residual_stride + at;
        v = v + (whole ? load<A>(r) : load_first<A>(r, end - at));
      }
      float* y = t.y + i * t.y_stride + at;
      whole ? store(y, v) : store_first(y, v, end - at);
    }
  }
}

template <class A, size_t kRows, size_t kPanels, Fetch kFetch>
void tile(const Tile& t) {
  Vec<A> acc[kRows][kPanels * kVectors<A>];
  tile_start<A, kRows, kPanels>(t, acc);
  const float* x[kRows];
  const float* w[kPanels];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) x[i] = t.x + i * t.x_stride;
  FOVEA_UNROLL
  for (size_t p = 0; p < kPanels; ++p) w[p] = t.w + p * t.w_stride;
  const float* ahead = t.ahead;
  const size_t ahead_step = t.ahead_step;
  size_t k = t.k;
  if constexpr (Tuning<A>::kUnroll > 1) {
    for (; k >= Tuning<A>::kUnroll; k -= Tuning<A>::kUnroll) {
      tile_steps<A, kRows, kPanels, kFetch, Tuning<A>::kUnroll>(x, w, ahead, ahead_step, acc);
    }
  }
  for (; k > 0; --k) tile_steps<A, kRows, kPanels, kFetch, 1>(x, w, ahead, ahead_step, acc);
  tile_finish<A, kRows, kPanels>(t, acc);
}

template <class A, size_t kRows, size_t kPanels, Fetch kFetch>
FOVEA_INLINE void choose_panels(size_t panels, const Tile& t) {
  if constexpr (kPanels == 1) {
    tile<A, kRows, 1, kFetch>(t);
  } else {
    if (panels == kPanels) return tile<A, kRows, kPanels, kFetch>(t);
    choose_panels<A, kRows, kPanels - 1, kFetch>(panels, t);
  }
}

// The tile of rows <= kRows and panels <= tile_panels<A>(rows).
template <class A, Fetch (*kFetch)(size_t), size_t kRows>
FOVEA_INLINE void run_tile(size_t rows, size_t panels, const Tile& t) {
  if constexpr (kRows == 1) {
    choose_panels<A, 1, tile_panels<A>(1), kFetch(1)>(panels, t);
  } else {
    if (rows == kRows) {
      return choose_panels<A, kRows, tile_panels<A>(kRows), kFetch(kRows)>(panels, t);
    }
    run_tile<A, kFetch, kRows - 1>(rows, panels, t);
  }
}

template <class A>
FOVEA_INLINE void run_linear_tile(size_t rows, size_t panels, const Tile& t) {
  run_tile<A, linear_fetch<A>, Tuning<A>::kTileRows>(rows, panels, t);
}

template <class A>
FOVEA_INLINE void run_score_tile(size_t rows, size_t panels, const Tile& t) {
  run_tile<A, score_fetch<A>, Tuning<A>::kScoreRows>(rows, panels, t);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_TILE_INL_H_
