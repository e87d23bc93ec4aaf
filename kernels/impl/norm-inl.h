// Layer norm, RMS norm and softmax: rows reduced in 16 lanes and one fixed tree.

#ifndef FOVEA_KERNELS_IMPL_NORM_INL_H_
#define FOVEA_KERNELS_IMPL_NORM_INL_H_

#include "kernels/impl/function-inl.h"
#include "kernels/impl/math-inl.h"
#include "kernels/impl/reduce-inl.h"
#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

FOVEA_INLINE float reciprocal_root(float mean_of_squares, float epsilon) {
  return 1.0f / __builtin_sqrtf(mean_of_squares + epsilon);
}

template <class A>
void rms_norm_f32(const NormF32& a) {
  const float n = static_cast<float>(a.width);
  for (size_t r = 0; r < a.rows; ++r) {
    const float* x = a.x + r * a.x_stride;
    const float squares = sum_row<A>(
        x, a.width, 0.0f, [](Vec<A> sum, Vec<A> v) FOVEA_LAMBDA { return mul_add(v, v, sum); });
    const Vec<A> factor = broadcast<A>(reciprocal_root(squares / n, a.epsilon));
    zip_row<A>(x, a.gain, a.y + r * a.y_stride, a.width,
               [&](Vec<A> v, Vec<A> gain) FOVEA_LAMBDA { return (v * factor) * gain; });
  }
}

template <class A>
FOVEA_INLINE void layer_norm_row(const NormF32& a, const float* x, float* y) {
  const float n = static_cast<float>(a.width);
  const float mean_of_row = sum_row<A>(x, a.width) / n;
  const Vec<A> mean = broadcast<A>(mean_of_row);
  const float squares = sum_row<A>(x, a.width, mean_of_row, [&](Vec<A> sum, Vec<A> v) FOVEA_LAMBDA {
    const Vec<A> d = v - mean;
    return mul_add(d, d, sum);
  });
  const Vec<A> factor = broadcast<A>(reciprocal_root(squares / n, a.epsilon));
  size_t i = 0;
  for (; i + kWidth<A> <= a.width; i += kWidth<A>) {
    const Vec<A> v = (load<A>(x + i) - mean) * factor;
    store(y + i, mul_add(v, load<A>(a.gain + i), load<A>(a.bias + i)));
  }
  if constexpr (kWidth < A >> 1) {
    if (i == a.width) return;
    const Vec<A> v = (load_first<A>(x + i, a.width - i) - mean) * factor;
    const size_t n = a.width - i;
    store_first(y + i, mul_add(v, load_first<A>(a.gain + i, n), load_first<A>(a.bias + i, n)), n);
  }
}

template <class A>
void layer_norm_f32(const NormF32& a) {
  for (size_t r = 0; r < a.rows; ++r) {
    layer_norm_row<A>(a, a.x + r * a.x_stride, a.y + r * a.y_stride);
  }
}

// The shift is 0 where the maximum is -inf, so that such a row gives zeros and a NaN beside -inf
// still shows.
template <class A>
FOVEA_INLINE void softmax_row(const float* x, float* y, size_t width) {
  const float max = max_row<A>(x, width);
  const Vec<A> shift = broadcast<A>(max == -kInfinity ? 0.0f : max);
  map_row<A>(x, y, width, [&](Vec<A> v) FOVEA_LAMBDA { return exp_negative<A>(v - shift); });
  const float sum = sum_row<A>(y, width);
  const Vec<A> factor = broadcast<A>(sum == 0.0f ? 0.0f : 1.0f / sum);
  map_row<A>(y, y, width, [&](Vec<A> v) FOVEA_LAMBDA { return v * factor; });
}

template <class A>
void softmax_f32(const SoftmaxF32& a) {
  for (size_t r = 0; r < a.rows; ++r) {
    softmax_row<A>(a.x + r * a.x_stride, a.y + r * a.y_stride, a.width);
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_NORM_INL_H_
