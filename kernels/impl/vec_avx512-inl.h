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

template <class A>
FOVEA_INLINE xsimd::batch<float, A> zero_where_below(const xsimd::batch<float, A>& v,
                                                     const xsimd::batch<float, A>& x,
                                                     const xsimd::batch<float, A>& cut) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, cut, _CMP_NLT_UQ), v);
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

// The 128-bit quarters of four vectors after the first two steps of such a tree: quarter i is what
// vector i became.
template <class Step>
FOVEA_INLINE __m512 four_quarters(__m512 a, __m512 b, __m512 c, __m512 d, Step step) {
  const __m512 ab = step(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
  const __m512 cd = step(_mm512_shuffle_f32x4(c, d, 0x44), _mm512_shuffle_f32x4(c, d, 0xee));
  return step(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));
}

// The trees of four vectors at once, into result[0..3].
template <class Step>
FOVEA_INLINE void four_trees(__m512 a, __m512 b, __m512 c, __m512 d, float* result, Step step) {
  __m512 v = four_quarters(a, b, c, d, step);
  v = step(v, _mm512_permute_ps(v, 0x4e));
  v = step(v, _mm512_permute_ps(v, 0xb1));
  const __m512i firsts = _mm512_castsi128_si512(_mm_setr_epi32(0, 4, 8, 12));
  _mm_storeu_ps(result, _mm512_castps512_ps128(_mm512_permutexvar_ps(firsts, v)));
}

template <class A>
FOVEA_INLINE void tree_sum_four(const xsimd::batch<float, A> (&v)[4][1], float* sums) {
  four_trees(v[0][0], v[1][0], v[2][0], v[3][0], sums,
             [](__m512 a, __m512 b) FOVEA_LAMBDA { return _mm512_add_ps(a, b); });
}

template <class A>
FOVEA_INLINE void lane_max_four(const xsimd::batch<float, A> (&v)[4], float* maxima) {
  four_trees(v[0], v[1], v[2], v[3], maxima,
             [](__m512 a, __m512 b) FOVEA_LAMBDA { return _mm512_max_ps(a, b); });
}

template <class A, int kBits>
FOVEA_INLINE Words<A> rotate_left(Words<A> w) {
  return _mm512_rol_epi32(w, kBits);
}

template <class A>
FOVEA_INLINE Vec<A> swap_neighbours(Vec<A> v) {
  return _mm512_permute_ps(v, 0xb1);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_VEC_AVX512_INL_H_
