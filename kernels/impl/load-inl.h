// How the elements of a format become floats: load() is the one converting point of products.

#ifndef FOVEA_KERNELS_IMPL_LOAD_INL_H_
#define FOVEA_KERNELS_IMPL_LOAD_INL_H_

#include "kernels/formats.h"
#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// The header of vector operations in use says which instructions there are.
template <class A>
FOVEA_INLINE Vec<A> load(const F16* p) {
#if defined(FOVEA_KERNELS_IMPL_VEC_AVX512_INL_H_)
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
#elif defined(FOVEA_KERNELS_IMPL_VEC_AVX2_INL_H_)
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#elif defined(FOVEA_KERNELS_IMPL_VEC_NEON_INL_H_)
  const uint16x4_t elements = vld1_u16(reinterpret_cast<const uint16_t*>(p));
#if defined(__aarch64__)
  return vcvt_f32_f16(vreinterpret_f16_u16(elements));
#else
  // Its intrinsic would need a compiler told of a type for f16.
  float32x4_t numbers;
  __asm__("vcvt.f32.f16 %q0, %P1" : "=w"(numbers) : "w"(elements));
  return numbers;
#endif
#else
  return widen(*p);
#endif
}

template <class A>
FOVEA_INLINE Vec<A> load(const BF16* p) {
#if defined(FOVEA_KERNELS_IMPL_VEC_AVX512_INL_H_)
  const __m256i elements = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(elements), 16));
#elif defined(FOVEA_KERNELS_IMPL_VEC_AVX2_INL_H_)
  const __m128i elements = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(elements), 16));
#elif defined(FOVEA_KERNELS_IMPL_VEC_NEON_INL_H_)
  const uint16x4_t elements = vld1_u16(reinterpret_cast<const uint16_t*>(p));
  return vreinterpretq_f32_u32(vshll_n_u16(elements, 16));
#else
  return widen(*p);
#endif
}

template <class A>
FOVEA_INLINE Vec<A> load(const C8* p) {
#if defined(FOVEA_KERNELS_IMPL_VEC_AVX512_INL_H_)
  const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(codes));
#elif defined(FOVEA_KERNELS_IMPL_VEC_AVX2_INL_H_)
  const __m128i codes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(codes));
#elif defined(FOVEA_KERNELS_IMPL_VEC_NEON_INL_H_)
  uint32_t word;
  __builtin_memcpy(&word, p, sizeof word);
  const int8x8_t codes = vreinterpret_s8_u32(vdup_n_u32(word));
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(codes))));
#else
  return widen(*p);
#endif
}

template <class W>
constexpr bool kIsGroups = __is_base_of(Halves<1>, W) || __is_base_of(Halves<2>, W);

// The first n elements, kWidth at most; the others load as +0.
template <class A, class W>
FOVEA_INLINE Vec<A> load_first(const W* p, size_t n) {
  W elements[kWidth<A>] = {};
  __builtin_memcpy(elements, p, min_size(n, kWidth<A>) * sizeof(W));
  return load<A>(elements);
}

template <class W>
constexpr bool kIsFloat = false;
template <>
[[maybe_unused]] constexpr bool kIsFloat<float> = true;

// Whether elements are multiples of a number of their slot, which stands behind the slots' blocks.
template <class K>
constexpr bool kHasUnits = false;
template <>
[[maybe_unused]] constexpr bool kHasUnits<C8> = true;

// Those numbers of a block.
template <class K>
FOVEA_INLINE const float* units_of(const K* block, size_t width) {
  return reinterpret_cast<const float*>(block + kLanes * width);
}

// The next n vectors; p moves past them.
template <class A, class W, size_t n>
FOVEA_INLINE void load_terms(const W*& p, Vec<A> (&v)[n]) {
  if constexpr (kIsFloat<W>) {
    load_next<A>(p, v);
  } else {
    FOVEA_UNROLL
    for (size_t j = 0; j < n; ++j) v[j] = load<A>(p + j * kWidth<A>);
    p += n * kWidth<A>;
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_LOAD_INL_H_
