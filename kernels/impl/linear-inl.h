// Linear and gated linear layers over packed panels.

#ifndef FOVEA_KERNELS_IMPL_LINEAR_INL_H_
#define FOVEA_KERNELS_IMPL_LINEAR_INL_H_

#include "kernels/impl/codes-inl.h"
#include "kernels/impl/function-inl.h"
#include "kernels/impl/parts-inl.h"
#include "kernels/impl/tile-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Floats of the buffer for outputs that go through a function before they reach y, and rows that
// function_and_residual puts there.
constexpr size_t kRawFloats = 256;
constexpr size_t kRawRows = 4;

// The largest tiles of weights W.
template <class A, class W>
FOVEA_INLINE constexpr size_t most_tile_rows() {
  if constexpr (kIsCodes<W>) {
    return Dot<A, W>::kTileRows;
  } else {
    return Tuning<A>::kTileRows;
  }
}
template <class A, class W>
FOVEA_INLINE constexpr size_t most_tile_panels(size_t rows) {
  if constexpr (kIsCodes<W>) {
    return code_panels<A, W>(rows);
  } else {
    return tile_panels<A>(rows);
  }
}

// Panels that tiles of `rows` rows take where they do not have to go with larger ones. One row of
// codes takes one: panels are short, and memory is fastest as one stream.
template <class A, class W>
FOVEA_INLINE size_t chosen_panels(size_t rows) {
  return kIsCodes<W> && rows == 1 ? 1 : most_tile_panels<A, W>(rows);
}

template <class A, class W>
FOVEA_INLINE void run_tile_of(size_t rows, size_t panels, TileOf<W>& t) {
  if constexpr (kIsCodes<W>) {
    run_code_tile<A, W>(rows, panels, t);
  } else {
    run_linear_tile<A>(rows, panels, t);
  }
}

// Whether the largest tiles of up to `rows` rows fit the buffer.
template <class A, class W>
constexpr bool fits_raw(size_t rows) {
  for (; rows > 0; --rows) {
    if (rows * most_tile_panels<A, W>(rows) * kLanes > kRawFloats) return false;
  }
  return true;
}

template <class A, class W>
FOVEA_INLINE TileOf<W> linear_tile(const Linear& a, const Part& part) {
  const size_t row = part.row, n = part.panel * kLanes;
  const size_t left = a.outputs - (part.panel + part.panels - 1) * kLanes;
  const W* w = static_cast<const W*>(a.w);
  TileOf<W> t;
  t.x = a.x + row * a.x_stride;
  t.x_stride = a.x_stride;
  t.w_stride = panel_elements<W>(a.k);
  t.w = w + part.panel * t.w_stride;
  t.bias = a.bias != nullptr ? a.bias + n : nullptr;
  t.residual = a.residual != nullptr ? a.residual + row * a.residual_stride + n : nullptr;
  t.residual_stride = a.residual_stride;
  t.y = a.y + row * a.y_stride + n;
  t.y_stride = a.y_stride;
  t.k = a.k;
  t.last = min_size(left, kLanes);
  fetch_next<A>(part, w + panels_of(size_t{a.outputs}) * t.w_stride, t);
  return t;
}

// The function of a tile's rows, in place.
#if defined(FOVEA_SINGLE_ISA)
template <class A>
__attribute__((noinline)) void apply_to_rows(const Linear& a, float* y, size_t stride, size_t rows,
                                             size_t width) {
  for (size_t i = 0; i < rows; ++i, y += stride) {
    if (a.function == Function::kRelu) {
      map_row<A>(y, y, width, [](Vec<A> v) FOVEA_LAMBDA { return relu<A>(v); });
    } else {
      a.apply({y, y, width, a.function});
    }
  }
}
#else
template <class A>
FOVEA_INLINE void apply_to_rows(const Linear& a, float* y, size_t stride, size_t rows,
                                size_t width) {
  apply_function<A>(a.function, y, stride, y, stride, rows, width);
}
#endif

// function(x . w + bias) + residual: the residual may be y, so the sums wait in a buffer.
template <class A, class W>
void function_and_residual(const Linear& a, const TileOf<W>& t, size_t rows, size_t panels) {
  alignas(64) float raw[kRawFloats];
  TileOf<W> sums = t;
  const size_t width = (panels - 1) * kLanes + t.last;
  sums.residual = nullptr;
  sums.y = raw;
  sums.y_stride = panels * kLanes;
  run_tile_of<A>(rows, panels, sums);
  apply_to_rows<A>(a, raw, sums.y_stride, rows, width);
  for (size_t i = 0; i < rows; ++i) {
    for (size_t n = 0; n < width; ++n) {
      t.y[i * t.y_stride + n] = raw[i * sums.y_stride + n] + t.residual[i * t.residual_stride + n];
    }
  }
}

// The format that many rows of a format take.
template <class W>
struct ManyRowsOf {
  using Format = W;
  static constexpr bool kOther = false;
};
#if defined(FOVEA_KERNELS_IMPL_DOT_AVX2_INL_H_)
template <>
struct ManyRowsOf<I8> {
  using Format = I8Wide;
  static constexpr bool kOther = true;
};
template <size_t numbers>
struct ManyRowsOf<Halves<numbers>> {
  using Format = HalvesWide<numbers>;
  static constexpr bool kOther = true;
};
#endif

template <class A, class W>
void linear(const Linear& a) {
  if constexpr (ManyRowsOf<W>::kOther) {
    if (a.rows >= kWideRows) return linear<A, typename ManyRowsOf<W>::Format>(a);
  }
  WideBuffer<W> buffer;
  constexpr size_t kTileRows = most_tile_rows<A, W>();
  constexpr size_t kMostRaw = min_size(kTileRows, kRawRows);
  static_assert(fits_raw<A, W>(kMostRaw), "function_and_residual: a tile in its buffer");
  const bool both = a.function != Function::kNone && a.residual != nullptr;
  const size_t most_rows = both ? kMostRaw : kTileRows;
  const size_t most_panels = chosen_panels<A, W>(largest_piece(a.rows, most_rows));
  for_parts(a.rows, most_rows, divide_up(a.outputs, kLanes), 1, most_panels,
            [&](const Part& part) FOVEA_LAMBDA {
              TileOf<W> t = linear_tile<A, W>(a, part);
              prepare_wide<A>(buffer, part, t,
                              [&](size_t rows, size_t panels, TileOf<W>& tile)
                                  FOVEA_LAMBDA { run_tile_of<A>(rows, panels, tile); });
              fetch_results<A>(part, t.y, t.y_stride, part.panels, a.k);
              if (a.residual != nullptr && a.residual != a.y) {
                fetch_results<A>(part, t.residual, t.residual_stride, part.panels, a.k);
              }
              if (both) return function_and_residual<A>(a, t, part.rows, part.panels);
              float* y = t.y;
              const size_t width = (part.panels - 1) * kLanes + t.last;
              run_tile_of<A>(part.rows, part.panels, t);
              if (a.function != Function::kNone) {
                apply_to_rows<A>(a, y, a.y_stride, part.rows, width);
              }
            });
}

// How often a tile fetches.
template <class W>
FOVEA_INLINE size_t tile_steps(size_t k) {
  if constexpr (kIsCodes<W>) {
    return panel_words<W>(k);
  } else {
    return k;
  }
}

// Sums of the part's panels (gate, up, gate, up, ...) into raw, as many at a time as fit registers.
template <class A, class W>
FOVEA_INLINE void gated_sums(const GatedLinear& a, const Part& part, WideBuffer<W>& buffer,
                             float* raw, size_t raw_stride) {
  const W* w = static_cast<const W*>(a.w);
  TileOf<W> t;
  t.x = a.x + part.row * a.x_stride;
  t.x_stride = a.x_stride;
  t.w_stride = panel_elements<W>(a.k);
  t.residual = nullptr;
  t.residual_stride = 0;
  t.y_stride = raw_stride;
  t.k = a.k;
  t.w = w + part.panel * t.w_stride;
  fetch_next<A>(part, w + panels_of(size_t{a.outputs}) * 2 * t.w_stride, t);
  t.bias = nullptr;
  t.y = raw;
  t.last = kLanes;
  prepare_wide<A>(buffer, part, t, [&](size_t rows, size_t panels, TileOf<W>& tile) FOVEA_LAMBDA {
    run_tile_of<A>(rows, panels, tile);
  });
  Pieces groups(part.panels, chosen_panels<A, W>(part.rows));
  for (size_t p = 0; p < part.panels;) {
    const size_t group = groups.take();
    t.w = w + (part.panel + p) * t.w_stride;
    t.bias = a.bias != nullptr ? a.bias + (part.panel + p) * kLanes : nullptr;
    t.y = raw + p * kLanes;
    t.last = kLanes;
    if constexpr (kIsWide<W>) t.wide.panel = p;
    run_tile_of<A>(part.rows, group, t);
    t.ahead += tile_steps<W>(t.k) * t.ahead_step;
    p += group;
  }
}

// y = function(gate) * up of the pair of panels whose sums stand at `gate`; n is its first output.
template <class A>
FOVEA_INLINE void gate_pair(const GatedLinear& a, const Part& part, float* gate, size_t stride,
                            size_t n) {
  apply_function<A>(a.function, gate, stride, gate, stride, part.rows, kLanes);
  for (size_t i = 0; i < part.rows; ++i) {
    multiply_row<A>(gate + i * stride, gate + i * stride + kLanes,
                    a.y + (part.row + i) * a.y_stride + n, min_size(a.outputs - n, kLanes));
  }
}

template <class A, class W>
void gated_linear(const GatedLinear& a) {
  if constexpr (ManyRowsOf<W>::kOther) {
    if (a.rows >= kWideRows) return gated_linear<A, typename ManyRowsOf<W>::Format>(a);
  }
  WideBuffer<W> buffer;
  constexpr size_t kTileRows = most_tile_rows<A, W>();
  static_assert(kTileRows * 2 * kLanes <= kRawFloats, "a pair of panels in its buffer");
  const size_t largest = largest_piece(a.rows, kTileRows);
  const size_t fit = min_size(chosen_panels<A, W>(largest), kRawFloats / kLanes / largest);
  const size_t most_panels = fit < 2 ? 2 : fit / 2 * 2;
  for_parts(a.rows, kTileRows, divide_up(a.outputs, kLanes) * 2, 2, most_panels,
            [&](const Part& part) FOVEA_LAMBDA {
              alignas(64) float raw[kRawFloats];
              const size_t stride = part.panels * kLanes;
              fetch_results<A>(part, a.y + part.row * a.y_stride + part.panel / 2 * kLanes,
                               a.y_stride, part.panels / 2, a.k);
              gated_sums<A, W>(a, part, buffer, raw, stride);
              for (size_t p = 0; p < part.panels; p += 2) {
                gate_pair<A>(a, part, raw + p * kLanes, stride, (part.panel + p) / 2 * kLanes);
              }
            });
}

#define FOVEA_FORMAT_CODES FOVEA_FORMAT
#define FOVEA_FORMAT(name, Element, type)          \
  template <class A>                               \
  void linear_##name(const Linear& a) {            \
    linear<A, Element>(a);                         \
  }                                                \
  template <class A>                               \
  void gated_linear_##name(const GatedLinear& a) { \
    gated_linear<A, Element>(a);                   \
  }
#include "kernels/formats.inc"
#undef FOVEA_FORMAT

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_LINEAR_INL_H_
