// Partial loads and stores, and the trees over 16 lanes, for AVX2.

#ifndef FOVEA_KERNELS_IMPL_VEC_AVX2_INL_H_
#define FOVEA_KERNELS_IMPL_VEC_AVX2_INL_H_

#include "kernels/impl/vec_xsimd-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

FOVEA_INLINE __m256i first_lanes(size_t n) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane);
}

template <class A>
FOVEA_INLINE Vec<A> load_first(const float* p, size_t n) {
  return _mm256_maskload_ps(p, first_lanes(n));
}

template <class A>
FOVEA_INLINE void store_first(float* p, const xsimd::batch<float, A>& v, size_t n) {
  _mm256_maskstore_ps(p, first_lanes(n), v);
}

template <class A>
FOVEA_INLINE xsimd::batch<float, A> zero_where_below(const xsimd::batch<float, A>& v,
                                                     const xsimd::batch<float, A>& x,
                                                     const xsimd::batch<float, A>& cut) {
  return _mm256_andnot_ps(_mm256_cmp_ps(x, cut, _CMP_LT_OQ), v);
}

template <class A>
FOVEA_INLINE float tree_sum(const xsimd::batch<float, A> (&lanes)[2]) {
  const __m256 a = _mm256_add_ps(lanes[0], lanes[1]);
  const __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 c = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(c, _mm_shuffle_ps(c, c, 1)));
}

template <class A>
FOVEA_INLINE float lane_max(const xsimd::batch<float, A>& lanes) {
  const __m256 a = lanes;
  const __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 c = _mm_max_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_max_ss(c, _mm_shuffle_ps(c, c, 1)));
}

// Such trees of four vectors at once, into result[0..3].
template <class Step>
FOVEA_INLINE void four_trees(__m256 a, __m256 b, __m256 c, __m256 d, float* result, Step step) {
  const __m256 ab = step(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
  const __m256 cd = step(_mm256_permute2f128_ps(c, d, 0x20), _mm256_permute2f128_ps(c, d, 0x31));
  const __m256 pairs = step(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xee));
  const __m256 v = step(pairs, _mm256_permute_ps(pairs, 0xb1));  // a, a, c, c, b, b, d, d
  const __m128 ac = _mm256_castps256_ps128(v), bd = _mm256_extractf128_ps(v, 1);
  _mm_storeu_ps(result, _mm_shuffle_ps(_mm_unpacklo_ps(ac, bd), _mm_unpackhi_ps(ac, bd), 0x44));
}

template <class A>
FOVEA_INLINE void tree_sum_four(const xsimd::batch<float, A> (&v)[4][2], float* sums) {
  four_trees(_mm256_add_ps(v[0][0], v[0][1]), _mm256_add_ps(v[1][0], v[1][1]),
             _mm256_add_ps(v[2][0], v[2][1]), _mm256_add_ps(v[3][0], v[3][1]), sums,
             [](__m256 a, __m256 b) FOVEA_LAMBDA { return _mm256_add_ps(a, b); });
}

template <class A>
FOVEA_INLINE void lane_max_four(const xsimd::batch<float, A> (&v)[4], float* maxima) {
  four_trees(v[0], v[1], v[2], v[3], maxima,
             [](__m256 a, __m256 b) FOVEA_LAMBDA { return _mm256_max_ps(a, b); });
}

template <class A, int kBits>
FOVEA_INLINE Words<A> rotate_left(Words<A> w) {
  return _mm256_or_si256(_mm256_slli_epi32(w, kBits), _mm256_srli_epi32(w, 32 - kBits));
}

template <class A>
FOVEA_INLINE Vec<A> swap_neighbours(Vec<A> v) {
  return _mm256_permute_ps(v, 0xb1);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_VEC_AVX2_INL_H_
