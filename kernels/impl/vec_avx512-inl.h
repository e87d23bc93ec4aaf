// Partial loads and stores, and the trees over 16 lanes, for AVX-512.

#ifndef FOVEA_KERNELS_IMPL_VEC_AVX512_INL_H_
#define FOVEA_KERNELS_IMPL_VEC_AVX512_INL_H_

#include "kernels/impl/vec_xsimd-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

FOVEA_INLINE __mmask16 first_lanes(size_t n) {
  return static_cast<__mmask16>((1u << n) - 1u);
}

template <class A>
FOVEA_INLINE Vec<A> load_first(const float* p, size_t n) {
  return _mm512_maskz_loadu_ps(first_lanes(n), p);
}

template <class A>
FOVEA_INLINE void store_first(float* p, const xsimd::batch<float, A>& v, size_t n) {
  _mm512_mask_storeu_ps(p, first_lanes(n), v);
}

FOVEA_INLINE __m256 upper_half(__m512 v) {
  return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1));
}

template <class A>
FOVEA_INLINE float tree_sum(const xsimd::batch<float, A> (&lanes)[1]) {
  const __m512 v = lanes[0];
  const __m256 a = _mm256_add_ps(_mm512_castps512_ps256(v), upper_half(v));
  const __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 c = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(c, _mm_shuffle_ps(c, c, 1)));
}

template <class A>
FOVEA_INLINE float lane_max(const xsimd::batch<float, A>& lanes) {
  const __m512 v = lanes;
  const __m256 a = _mm256_max_ps(_mm512_castps512_ps256(v), upper_half(v));
  const __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 c = _mm_max_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_max_ss(c, _mm_shuffle_ps(c, c, 1)));
}

template <class A>
FOVEA_INLINE Vec<A> swap_neighbours(Vec<A> v) {
  return _mm512_permute_ps(v, 0xb1);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_VEC_AVX512_INL_H_
