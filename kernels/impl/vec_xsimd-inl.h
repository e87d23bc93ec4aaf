// The vector operations of vec-inl.h on xsimd batches. load_first, store_first and the trees need
// one instruction set's own shuffles and follow in vec_avx512-inl.h and its siblings.

#ifndef FOVEA_KERNELS_IMPL_VEC_XSIMD_INL_H_
#define FOVEA_KERNELS_IMPL_VEC_XSIMD_INL_H_

#include <xsimd/xsimd.hpp>

#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class A>
using Vec = xsimd::batch<float, A>;
template <class A>
using Bits = xsimd::batch<int32_t, A>;
template <class A>
using Words = xsimd::batch<uint32_t, A>;
template <class A>
constexpr size_t kWidth = Vec<A>::size;
template <class A>
constexpr size_t kVectors = kLanes / kWidth<A>;

template <class A>
FOVEA_INLINE Vec<A> load(const float* p) {
  return Vec<A>::load_unaligned(p);
}

// The next n vectors; p moves past them.
template <class A, size_t n>
FOVEA_INLINE void load_next(const float*& p, Vec<A> (&v)[n]) {
  FOVEA_UNROLL
  for (size_t j = 0; j < n; ++j) v[j] = load<A>(p + j * kWidth<A>);
  p += n * kWidth<A>;
}

// y[d][r] = x[r][d] of four rows and four columns.
template <class A>
FOVEA_INLINE void transpose_four(const float* x, size_t x_stride, float* y, size_t y_stride) {
  __m128 a = _mm_loadu_ps(x);
  __m128 b = _mm_loadu_ps(x + x_stride);
  __m128 c = _mm_loadu_ps(x + 2 * x_stride);
  __m128 d = _mm_loadu_ps(x + 3 * x_stride);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(y, a);
  _mm_storeu_ps(y + y_stride, b);
  _mm_storeu_ps(y + 2 * y_stride, c);
  _mm_storeu_ps(y + 3 * y_stride, d);
}

// Compilers would rather load v again for each of a few uses.
template <class A>
FOVEA_INLINE void hold(xsimd::batch<float, A>& v) {
  __asm__("" : "+v"(v.data));
}

template <class A>
FOVEA_INLINE void store(float* p, const xsimd::batch<float, A>& v) {
  v.store_unaligned(p);
}

template <class A>
FOVEA_INLINE Vec<A> broadcast(float x) {
  return Vec<A>(x);
}

// Never xsimd::fnma: on NEON it is not fused. Negating a factor is exact everywhere.
template <class A>
FOVEA_INLINE xsimd::batch<float, A> mul_add(const xsimd::batch<float, A>& a,
                                            const xsimd::batch<float, A>& b,
                                            const xsimd::batch<float, A>& c) {
  return xsimd::fma(a, b, c);
}

template <class A>
FOVEA_INLINE xsimd::batch<float, A> maximum(const xsimd::batch<float, A>& a,
                                            const xsimd::batch<float, A>& b) {
  return xsimd::max(a, b);
}

template <class A>
FOVEA_INLINE xsimd::batch<float, A> absolute(const xsimd::batch<float, A>& a) {
  return xsimd::abs(a);
}

template <class A>
FOVEA_INLINE xsimd::batch<float, A> select(const xsimd::batch_bool<float, A>& condition,
                                           const xsimd::batch<float, A>& yes,
                                           const xsimd::batch<float, A>& no) {
  return xsimd::select(condition, yes, no);
}

// 2^n of a sum n + kExponentMagic with n in [-126, 127]. Anything for other sums, NaN too.
template <class A>
FOVEA_INLINE xsimd::batch<float, A> power_of_two(const xsimd::batch<float, A>& sum) {
  return xsimd::bitwise_cast<float>(xsimd::bitwise_cast<int32_t>(sum) << 23);
}

// Whether n is odd, of a sum n + kRoundMagic.
template <class A>
FOVEA_INLINE xsimd::batch_bool<float, A> is_odd(const xsimd::batch<float, A>& sum) {
  const Bits<A> odd = (xsimd::bitwise_cast<int32_t>(sum) & Bits<A>(1)) << 23;
  return xsimd::bitwise_cast<float>(odd) != Vec<A>(0.0f);
}

// v, negated where n mod 4 is 2 or 3, of a sum n + kRoundMagic.
template <class A>
FOVEA_INLINE xsimd::batch<float, A> negate_if_second_bit(const xsimd::batch<float, A>& v,
                                                         const xsimd::batch<float, A>& sum) {
  const Bits<A> sign = (xsimd::bitwise_cast<int32_t>(sum) & Bits<A>(2)) << 30;
  return xsimd::bitwise_cast<float>(xsimd::bitwise_cast<int32_t>(v) ^ sign);
}

// x = 2^exponent * fraction with a fraction from sqrt(1/2) to sqrt(2), of normal numbers > 0.
template <class A>
FOVEA_INLINE void split_power(const xsimd::batch<float, A>& x, xsimd::batch<float, A>& exponent,
                              xsimd::batch<float, A>& fraction) {
  const Bits<A> bits = xsimd::bitwise_cast<int32_t>(x);
  const Bits<A> power = (bits - Bits<A>(kLeastFraction)) >> 23;
  exponent = xsimd::batch_cast<float>(power);
  fraction = xsimd::bitwise_cast<float>(bits - (power << 23));
}

template <class A>
FOVEA_INLINE Words<A> load_words(const uint32_t* p) {
  return Words<A>::load_unaligned(p);
}

template <class A>
FOVEA_INLINE Words<A> broadcast_words(uint32_t x) {
  return Words<A>(x);
}

template <class A>
FOVEA_INLINE xsimd::batch<float, A> zero_below(const xsimd::batch<float, A>& v,
                                               const xsimd::batch<uint32_t, A>& words,
                                               int32_t cut) {
  const auto below = xsimd::bitwise_cast<int32_t>(words) < Bits<A>(cut);
  return select(xsimd::batch_bool_cast<float>(below), Vec<A>(0.0f), v);
}

// v, negated where `signs` is negative; the signs of signs come from its sign bits.
template <class A>
FOVEA_INLINE xsimd::batch<float, A> copy_sign(const xsimd::batch<float, A>& v,
                                              const xsimd::batch<float, A>& signs) {
  return xsimd::copysign(v, signs);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_VEC_XSIMD_INL_H_
