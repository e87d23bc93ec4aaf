// Convolutions of each column by itself: no sums along a row, so columns are the lanes.

#ifndef FOVEA_KERNELS_IMPL_DEPTHWISE_INL_H_
#define FOVEA_KERNELS_IMPL_DEPTHWISE_INL_H_

#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Rows and vectors of a tile: weights of a tap serve all rows, which are enough sums to hide the
// multiply-add's latency.
constexpr size_t kDepthwiseRows = 4, kDepthwiseVecs = 2;

// `last`: columns of the last vector, where kEdge.
template <class A, size_t kRows, size_t kVecs, bool kEdge>
FOVEA_INLINE void depthwise_tile(const DepthwiseF32& a, size_t row, size_t column, size_t last) {
  Vec<A> sums[kRows][kVecs];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVecs; ++j) {
    Vec<A> first = broadcast<A>(0.0f);
    if (a.bias != nullptr) first = load<A>(a.bias + column + j * kWidth<A>);
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) sums[i][j] = first;
  }
  const float* const rows = a.x + row * a.x_stride + column;
  for (size_t line = 0; line < a.high; ++line) {
    const float* x = rows + line * a.x_line;
    const float* w = a.w + line * a.w_line + column;
    for (size_t tap = 0; tap < a.wide; ++tap, x += a.x_tap, w += a.w_tap) {
      FOVEA_UNROLL
      for (size_t j = 0; j < kVecs; ++j) {
        const Vec<A> weight = load<A>(w + j * kWidth<A>);
        FOVEA_UNROLL
        for (size_t i = 0; i < kRows; ++i) {
          const float* from = x + i * a.x_stride + j * kWidth<A>;
          const bool part = kEdge && j + 1 == kVecs;
          const Vec<A> v = part ? load_first<A>(from, last) : load<A>(from);
          sums[i][j] = mul_add(v, weight, sums[i][j]);
        }
      }
    }
  }
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    float* y = a.y + (row + i) * a.y_stride + column;
    FOVEA_UNROLL
    for (size_t j = 0; j < kVecs; ++j) {
      const bool part = kEdge && j + 1 == kVecs;
      part ? store_first(y + j * kWidth<A>, sums[i][j], last)
           : store(y + j * kWidth<A>, sums[i][j]);
    }
  }
}

template <class A, size_t kRows>
FOVEA_INLINE void depthwise_rows(const DepthwiseF32& a, size_t row) {
  constexpr size_t kColumns = kDepthwiseVecs * kWidth<A>;
  size_t i = 0;
  for (; i + kColumns <= a.width; i += kColumns) {
    depthwise_tile<A, kRows, kDepthwiseVecs, false>(a, row, i, 0);
  }
  for (; i + kWidth<A> <= a.width; i += kWidth<A>) {
    depthwise_tile<A, kRows, 1, false>(a, row, i, 0);
  }
  if constexpr (kWidth < A >> 1) {
    if (i < a.width) depthwise_tile<A, kRows, 1, true>(a, row, i, a.width - i);
  }
}

template <class A>
void depthwise_f32(const DepthwiseF32& a) {
  size_t row = 0;
  for (; row + kDepthwiseRows <= a.rows; row += kDepthwiseRows) {
    depthwise_rows<A, kDepthwiseRows>(a, row);
  }
  for (; row < a.rows; ++row) depthwise_rows<A, 1>(a, row);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_DEPTHWISE_INL_H_
