// The vector operations of vec-inl.h on NEON, without xsimd: the tables from which its NEON
// operators choose (13.2) leave some 200 weak functions in every object, and its fnma is not
// fused. The compilers' own vector types have the operators.

#ifndef FOVEA_KERNELS_IMPL_VEC_NEON_INL_H_
#define FOVEA_KERNELS_IMPL_VEC_NEON_INL_H_

#include <arm_neon.h>

#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

struct Neon {
  using Vector = float32x4_t;
  using WordVector = uint32x4_t;
};

template <class A>
using Vec = typename A::Vector;
template <class A>
using Words = typename A::WordVector;
template <class A>
constexpr size_t kWidth = 4;
template <class A>
constexpr size_t kVectors = kLanes / kWidth<A>;

template <class A>
FOVEA_INLINE float32x4_t load(const float* p) {
  return vld1q_f32(p);
}

// The next n vectors; p moves past them.
template <class A, size_t n>
FOVEA_INLINE void load_next(const float*& p, Vec<A> (&v)[n]) {
  FOVEA_UNROLL
  for (size_t j = 0; j < n; ++j) v[j] = load<A>(p + j * kWidth<A>);
  p += n * kWidth<A>;
}

FOVEA_INLINE void hold(float32x4_t&) {}

// y[d][r] = x[r][d] of four rows and four columns.
template <class A>
FOVEA_INLINE void transpose_four(const float* x, size_t x_stride, float* y, size_t y_stride) {
  const float32x4x2_t a = vtrnq_f32(vld1q_f32(x), vld1q_f32(x + x_stride));
  const float32x4x2_t b = vtrnq_f32(vld1q_f32(x + 2 * x_stride), vld1q_f32(x + 3 * x_stride));
  for (size_t i = 0; i < 2; ++i) {
    vst1q_f32(y + i * y_stride, vcombine_f32(vget_low_f32(a.val[i]), vget_low_f32(b.val[i])));
    vst1q_f32(y + (i + 2) * y_stride,
              vcombine_f32(vget_high_f32(a.val[i]), vget_high_f32(b.val[i])));
  }
}

FOVEA_INLINE void store(float* p, float32x4_t v) {
  vst1q_f32(p, v);
}

template <class A>
FOVEA_INLINE float32x4_t broadcast(float x) {
  return vdupq_n_f32(x);
}

// Becomes part of the multiply-add that takes it.
FOVEA_INLINE float32x4_t broadcast_lane(float32x4_t v, size_t lane) {
  return vdupq_n_f32(v[lane]);
}

FOVEA_INLINE float32x4_t mul_add(float32x4_t a, float32x4_t b, float32x4_t c) {
  return vfmaq_f32(c, a, b);
}

FOVEA_INLINE float32x4_t maximum(float32x4_t a, float32x4_t b) {
  return vmaxq_f32(a, b);
}
FOVEA_INLINE float32x4_t absolute(float32x4_t a) {
  return vabsq_f32(a);
}

// A comparison of vectors gives all ones where it holds.
template <class Mask>
FOVEA_INLINE float32x4_t select(Mask condition, float32x4_t yes, float32x4_t no) {
  return vbslq_f32((uint32x4_t)condition, yes, no);
}

FOVEA_INLINE float32x4_t zero_where_below(float32x4_t v, float32x4_t x, float32x4_t cut) {
  return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(v), vcltq_f32(x, cut)));
}

FOVEA_INLINE float32x4_t copy_sign(float32x4_t v, float32x4_t signs) {
  return vbslq_f32(vdupq_n_u32(0x80000000u), signs, v);
}

FOVEA_INLINE float32x4_t power_of_two(float32x4_t sum) {
  return vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(sum), 23));
}

FOVEA_INLINE uint32x4_t is_odd(float32x4_t sum) {
  return vtstq_u32(vreinterpretq_u32_f32(sum), vdupq_n_u32(1));
}

FOVEA_INLINE float32x4_t negate_if_second_bit(float32x4_t v, float32x4_t sum) {
  const uint32x4_t bit = vandq_u32(vreinterpretq_u32_f32(sum), vdupq_n_u32(2));
  return vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(v), vshlq_n_u32(bit, 30)));
}

FOVEA_INLINE void split_power(float32x4_t x, float32x4_t& exponent, float32x4_t& fraction) {
  const int32x4_t bits = vreinterpretq_s32_f32(x);
  const int32x4_t power = vshrq_n_s32(vsubq_s32(bits, vdupq_n_s32(kLeastFraction)), 23);
  exponent = vcvtq_f32_s32(power);
  fraction = vreinterpretq_f32_s32(vsubq_s32(bits, vshlq_n_s32(power, 23)));
}

template <class A>
FOVEA_INLINE uint32x4_t load_words(const uint32_t* p) {
  return vld1q_u32(p);
}

template <class A>
FOVEA_INLINE uint32x4_t broadcast_words(uint32_t x) {
  return vdupq_n_u32(x);
}

template <class A, int kBits>
FOVEA_INLINE uint32x4_t rotate_left(uint32x4_t w) {
  return vsriq_n_u32(vshlq_n_u32(w, kBits), w, 32 - kBits);
}

FOVEA_INLINE float32x4_t zero_below(float32x4_t v, uint32x4_t words, int32_t cut) {
  const uint32x4_t below = vcltq_s32(vreinterpretq_s32_u32(words), vdupq_n_s32(cut));
  return select(below, vdupq_n_f32(0.0f), v);
}

template <class A>
FOVEA_INLINE float32x4_t load_first(const float* p, size_t n) {
  const float32x2_t zero = vdup_n_f32(0.0f);
  if (n >= 2) {
    return vcombine_f32(vld1_f32(p), n == 2 ? zero : vld1_lane_f32(p + 2, zero, 0));
  }
  return vcombine_f32(n == 0 ? zero : vld1_lane_f32(p, zero, 0), zero);
}

FOVEA_INLINE void store_first(float* p, float32x4_t v, size_t n) {
  if (n >= 1) vst1q_lane_f32(p, v, 0);
  if (n >= 2) vst1q_lane_f32(p + 1, v, 1);
  if (n >= 3) vst1q_lane_f32(p + 2, v, 2);
}

template <class A>
FOVEA_INLINE float tree_sum(const float32x4_t (&lanes)[4]) {
  const float32x4_t a = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
  const float32x2_t b = vget_low_f32(a) + vget_high_f32(a);
  return vget_lane_f32(b, 0) + vget_lane_f32(b, 1);
}

template <class A>
FOVEA_INLINE float lane_max(float32x4_t lanes) {
  const float32x2_t pairs = vpmax_f32(vget_low_f32(lanes), vget_high_f32(lanes));
  return vget_lane_f32(vpmax_f32(pairs, pairs), 0);
}

template <class A>
FOVEA_INLINE void tree_sum_four(const float32x4_t (&lanes)[4][4], float* sums) {
  FOVEA_UNROLL
  for (size_t i = 0; i < 4; ++i) sums[i] = tree_sum<A>(lanes[i]);
}

template <class A>
FOVEA_INLINE void lane_max_four(const float32x4_t (&lanes)[4], float* maxima) {
  FOVEA_UNROLL
  for (size_t i = 0; i < 4; ++i) maxima[i] = lane_max<A>(lanes[i]);
}

template <class A>
FOVEA_INLINE float32x4_t swap_neighbours(float32x4_t v) {
  return vrev64q_f32(v);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_VEC_NEON_INL_H_
