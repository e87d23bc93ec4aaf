// The vector operations of vec-inl.h without a vector unit: one float at a time.

#ifndef FOVEA_KERNELS_IMPL_VEC_SCALAR_INL_H_
#define FOVEA_KERNELS_IMPL_VEC_SCALAR_INL_H_

#include <string.h>

#include "kernels/impl/fma-inl.h"
#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

struct Scalar {
  using Vector = float;
  using Word = uint32_t;
};

template <class A>
using Vec = typename A::Vector;
template <class A>
using Words = typename A::Word;
template <class A>
constexpr size_t kWidth = 1;
template <class A>
constexpr size_t kVectors = kLanes;

template <class A>
FOVEA_INLINE float load(const float* p) {
  return *p;
}

// Whether one instruction (vldm) loads eight floats; compilers take eight for them.
#if defined(__arm__) && defined(__ARM_FP)
constexpr bool kLoadsEight = true;
#else
constexpr bool kLoadsEight = false;
#endif

// The next n floats; p moves past them.
template <class A, size_t n>
FOVEA_INLINE void load_next(const float*& p, float (&v)[n]) {
#if defined(__arm__) && defined(__ARM_FP)
  if constexpr (n % 8 == 0) {
    FOVEA_UNROLL
    for (size_t j = 0; j < n; j += 8) {
      register float v0 __asm__("s16");
      register float v1 __asm__("s17");
      register float v2 __asm__("s18");
      register float v3 __asm__("s19");
      register float v4 __asm__("s20");
      register float v5 __asm__("s21");
      register float v6 __asm__("s22");
      register float v7 __asm__("s23");
      __asm__("vldmia %[p]!, {s16-s23}"
              : [p] "+r"(p), "=t"(v0), "=t"(v1), "=t"(v2), "=t"(v3), "=t"(v4), "=t"(v5), "=t"(v6),
                "=t"(v7)
              : "m"(*reinterpret_cast<const float(*)[8]>(p)));
      v[j] = v0, v[j + 1] = v1, v[j + 2] = v2, v[j + 3] = v3;
      v[j + 4] = v4, v[j + 5] = v5, v[j + 6] = v6, v[j + 7] = v7;
    }
    return;
  }
#endif
  FOVEA_UNROLL
  for (size_t j = 0; j < n; ++j) v[j] = p[j];
  p += n;
}

FOVEA_INLINE void hold(float&) {}

// y[d][r] = x[r][d] of four rows and four columns.
template <class A>
FOVEA_INLINE void transpose_four(const float* x, size_t x_stride, float* y, size_t y_stride) {
  for (size_t r = 0; r < 4; ++r) {
    FOVEA_UNROLL
    for (size_t d = 0; d < 4; ++d) y[d * y_stride + r] = x[r * x_stride + d];
  }
}

FOVEA_INLINE void store(float* p, float v) {
  *p = v;
}

template <class A>
FOVEA_INLINE float broadcast(float x) {
  return x;
}

FOVEA_INLINE float mul_add(float a, float b, float c) {
#if defined(__FP_FAST_FMAF)
  return __builtin_fmaf(a, b, c);
#else
  return software_fma(a, b, c);
#endif
}

FOVEA_INLINE float maximum(float a, float b) {
  return a > b ? a : b;
}
FOVEA_INLINE float absolute(float a) {
  return __builtin_fabsf(a);
}
FOVEA_INLINE float select(bool condition, float yes, float no) {
  return condition ? yes : no;
}
FOVEA_INLINE float zero_where_below(float v, float x, float cut) {
  return x < cut ? 0.0f : v;
}
FOVEA_INLINE float copy_sign(float v, float sign) {
  return __builtin_copysignf(v, sign);
}

FOVEA_INLINE uint32_t to_bits(float v) {
  uint32_t bits;
  memcpy(&bits, &v, sizeof bits);
  return bits;
}

FOVEA_INLINE float from_bits(uint32_t bits) {
  float v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

FOVEA_INLINE float power_of_two(float sum) {
  return from_bits(to_bits(sum) << 23);
}
FOVEA_INLINE bool is_odd(float sum) {
  return (to_bits(sum) & 1) != 0;
}
FOVEA_INLINE float negate_if_second_bit(float v, float sum) {
  return from_bits(to_bits(v) ^ ((to_bits(sum) & 2) << 30));
}

// The sign of a shifted number is the compiler's business: a whole one is added before, and taken
// away.
FOVEA_INLINE void split_power(float x, float& exponent, float& fraction) {
  const uint32_t bits = to_bits(x);
  const uint32_t power = (bits - static_cast<uint32_t>(kLeastFraction) + (256u << 23)) >> 23;
  exponent = static_cast<float>(static_cast<int32_t>(power) - 256);
  fraction = from_bits(bits - ((power - 256) << 23));
}

template <class A>
FOVEA_INLINE uint32_t load_words(const uint32_t* p) {
  return *p;
}

template <class A>
FOVEA_INLINE uint32_t broadcast_words(uint32_t x) {
  return x;
}

template <class A, int kBits>
FOVEA_INLINE uint32_t rotate_left(uint32_t w) {
  return w << kBits | w >> (32 - kBits);
}

FOVEA_INLINE float zero_below(float v, uint32_t word, int32_t cut) {
  return static_cast<int32_t>(word) < cut ? 0.0f : v;
}

template <class A>
FOVEA_INLINE float load_first(const float* p, size_t n) {
  return n != 0 ? *p : 0.0f;
}

FOVEA_INLINE void store_first(float* p, float v, size_t n) {
  if (n != 0) *p = v;
}

template <class A>
FOVEA_INLINE float tree_sum(const float (&lanes)[kLanes]) {
  float s[8];
  FOVEA_UNROLL
  for (size_t i = 0; i < 8; ++i) s[i] = lanes[i] + lanes[i + 8];
  FOVEA_UNROLL
  for (size_t i = 0; i < 4; ++i) s[i] = s[i] + s[i + 4];
  return (s[0] + s[2]) + (s[1] + s[3]);
}

template <class A>
FOVEA_INLINE float lane_max(float lane) {
  return lane;
}

template <class A>
FOVEA_INLINE void tree_sum_four(const float (&lanes)[4][kLanes], float* sums) {
  for (size_t i = 0; i < 4; ++i) sums[i] = tree_sum<A>(lanes[i]);
}

template <class A>
FOVEA_INLINE void lane_max_four(const float (&lanes)[4], float* maxima) {
  for (size_t i = 0; i < 4; ++i) maxima[i] = lanes[i];
}

// {x[1], x[0], x[3], x[2], ...} has no meaning for one float; rotary_f32 takes pairs there.
template <class A>
FOVEA_INLINE float swap_neighbours(float v) {
  return v;
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_VEC_SCALAR_INL_H_
