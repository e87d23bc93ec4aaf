// The register tile that linear layers and attention scores share: a few rows of x times a few
// panels of w, every output accumulating over k serially with one multiply-add per term.

#ifndef FOVEA_KERNELS_IMPL_TILE_INL_H_
#define FOVEA_KERNELS_IMPL_TILE_INL_H_

#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Sums over k of rows of factors times groups of vectors: what every tile computes in registers.
struct Product {
  const float* x;  // [rows][k], x_stride apart
  size_t x_stride;
  const float* w;  // groups, w_stride apart
  size_t w_stride;
  size_t k;
  const float* ahead;  // what to fetch meanwhile
  size_t ahead_step;
};

// y[i][n] = (bias[n] + sum over k of x[i][k] * w[n][k]) + residual[i][n]. Groups are panels.
struct Tile : Product {
  const float* bias;      // [panels * 16], or null for zeros
  const float* residual;  // or null
  size_t residual_stride;
  float* y;
  size_t y_stride;
  size_t last;  // outputs of the last panel, 1 to 16
};

// What a tile fetches from `ahead` into the second-level cache while it computes, per k: as many
// lines as it has groups. kNext: lines side by side, moving on by ahead_step floats (fewer than
// fetched where several tiles share the work). kStream: lines ahead_step floats apart, moving on by
// a line: processors follow several streams faster than one.
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

// Vectors of a panel that such a tile takes: all, or a part where even one panel is too many.
template <class A>
FOVEA_INLINE constexpr size_t tile_vectors(size_t rows) {
  size_t vectors = kVectors<A>;
  while (vectors * rows > Tuning<A>::kAccumulators) vectors /= 2;
  return vectors;
}

// kTerms terms of every sum, the pointers moving on.
template <class A, size_t kTerms, Fetch kFetch, size_t kRows, size_t kGroups, size_t kVecs>
FOVEA_INLINE void add_terms(const float* (&x)[kRows], const float* (&w)[kGroups], size_t w_step,
                            const float*& ahead, size_t ahead_step,
                            Vec<A> (&sums)[kRows][kGroups][kVecs]) {
  constexpr bool kByLane = kTerms > 1 && kTerms == Tuning<A>::kFactors;
  constexpr size_t kLoads = min_size(kVecs, Tuning<A>::kLoads);
  Vec<A> factors[kRows];
  if constexpr (kByLane) {
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) factors[i] = load<A>(x[i]);
  }
  FOVEA_UNROLL
  for (size_t u = 0; u < kTerms; ++u) {
    FOVEA_UNROLL
    for (size_t first = 0; first < kVecs; first += kLoads) {
      Vec<A> terms[kGroups][kLoads];
      FOVEA_UNROLL
      for (size_t g = 0; g < kGroups; ++g) {
        load_next<A>(w[g], terms[g]);
        FOVEA_UNROLL
        for (size_t j = 0; kRows > 1 && j < kLoads; ++j) hold(terms[g][j]);
      }
      FOVEA_UNROLL
      for (size_t i = 0; i < kRows; ++i) {
        Vec<A> factor;
        if constexpr (kByLane) {
          factor = broadcast_lane(factors[i], u);
        } else {
          factor = broadcast<A>(x[i][u]);
        }
        FOVEA_UNROLL
        for (size_t n = 0; n < kGroups * kLoads; ++n) {
          Vec<A>& sum = sums[i][n / kLoads][first + n % kLoads];
          sum = mul_add(factor, terms[n / kLoads][n % kLoads], sum);
        }
      }
    }
    FOVEA_UNROLL
    for (size_t g = 0; g < kGroups; ++g) w[g] += w_step - kVecs * kWidth<A>;
    if constexpr (kFetch == Fetch::kNext) {
      FOVEA_UNROLL
      for (size_t g = 0; g < kGroups; ++g) __builtin_prefetch(ahead + g * kLanes, 0, 2);
      ahead += ahead_step;
    } else if constexpr (kFetch == Fetch::kStream) {
      constexpr size_t kLines = divide_up(kGroups * kVecs * kWidth<A>, kLanes);
      FOVEA_UNROLL
      for (size_t n = 0; n < kLines; ++n) __builtin_prefetch(ahead + n * ahead_step, 0, 2);
      ahead += kLanes;
    }
  }
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) x[i] += kTerms;
}

// Adds all terms of p to the sums. The next k's vectors lie w_step further.
template <class A, Fetch kFetch, size_t kRows, size_t kGroups, size_t kVecs>
FOVEA_INLINE void accumulate(const Product& p, size_t w_step,
                             Vec<A> (&sums)[kRows][kGroups][kVecs]) {
  const float* x[kRows];
  const float* w[kGroups];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) x[i] = p.x + i * p.x_stride;
  FOVEA_UNROLL
  for (size_t g = 0; g < kGroups; ++g) w[g] = p.w + g * p.w_stride;
  const float* ahead = p.ahead;
  const size_t ahead_step = p.ahead_step;
  size_t k = p.k;
  if constexpr (Tuning<A>::kUnroll > 1) {
    for (; k >= Tuning<A>::kUnroll; k -= Tuning<A>::kUnroll) {
      add_terms<A, Tuning<A>::kUnroll, kFetch>(x, w, w_step, ahead, ahead_step, sums);
    }
  }
  for (; k > 0; --k) add_terms<A, 1, kFetch>(x, w, w_step, ahead, ahead_step, sums);
}

template <class A, size_t kRows, size_t kPanels, size_t kVecs>
FOVEA_INLINE void start_tile(const Tile& t, Vec<A> (&sums)[kRows][kPanels][kVecs]) {
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
inline void store_edge(const Tile& t, const float* sums, size_t rows, size_t column) {
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
template <class A, size_t kRows, size_t kPanels, size_t kVecs>
FOVEA_INLINE void finish_tile(const Tile& t, Vec<A> (&sums)[kRows][kPanels][kVecs]) {
  constexpr size_t kLast = kPanels - 1;
  const bool whole = t.last == kVecs * kWidth<A>;
  float edge[kRows * kLanes];
  float* last = whole ? t.y + kLast * kLanes : edge;
  const size_t last_stride = whole ? t.y_stride : kLanes;
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
    store_vectors<A>(t.y + i * t.y_stride + p * kLanes, sums[i][p]);
  });
  for_panels<kRows, 1>([&](size_t i, size_t) FOVEA_LAMBDA {
    store_vectors<A>(last + i * last_stride, sums[i][kLast]);
  });
  if (!whole) store_edge(t, edge, kRows, kLast * kLanes);
}

template <class A, size_t kRows, size_t kPanels, Fetch kFetch>
void tile(const Tile& t) {
  Vec<A> sums[kRows][kPanels][tile_vectors<A>(kRows)];
  start_tile<A>(t, sums);
  accumulate<A, kFetch>(t, kLanes, sums);
  finish_tile<A>(t, sums);
}

// A panel in parts, as many of them as have outputs.
template <class A, size_t kRows, Fetch kFetch>
FOVEA_INLINE void tile_parts(Tile& t) {
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

template <class A, size_t kRows, size_t kPanels, Fetch kFetch>
FOVEA_INLINE void choose_panels(size_t panels, Tile& t) {
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
template <class A, Fetch (*kFetch)(size_t), size_t kRows>
FOVEA_INLINE void run_tile(size_t rows, size_t panels, Tile& t) {
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
FOVEA_INLINE void run_linear_tile(size_t rows, size_t panels, Tile& t) {
  run_tile<A, linear_fetch<A>, Tuning<A>::kTileRows>(rows, panels, t);
}

template <class A>
FOVEA_INLINE void run_score_tile(size_t rows, size_t panels, Tile& t) {
  run_tile<A, score_fetch<A>, Tuning<A>::kScoreRows>(rows, panels, t);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_TILE_INL_H_
