// Products of codes for AVX-512: by vpmaddwd, and by vpdpbusd where there is VNNI.

#ifndef FOVEA_KERNELS_IMPL_DOT_AVX512_INL_H_
#define FOVEA_KERNELS_IMPL_DOT_AVX512_INL_H_

#include "kernels/formats.h"
#include "kernels/impl/vec_avx512-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class A, class W>
struct Dot;

// Even and odd codes of a word as pairs of 16 bits. What is between 0 and 255 times what is between
// -128 and 127, twice, is far from 2^31.
template <class A>
struct Dot<A, I8> {
  static constexpr size_t kTileRows = 6;
  static constexpr size_t kTilePanels = 4;
  static constexpr size_t kSums = 18;
  static constexpr size_t kVecs = 1;
  static constexpr size_t kLatency = 4;
  static constexpr size_t kFetchRows = 3;

  using Sum = __m512i;
  struct Pairs {
    __m512i even, odd;
  };
  using Terms = Pairs;
  using Factor = Pairs;

  static FOVEA_INLINE Sum zero() { return _mm512_setzero_si512(); }
  static FOVEA_INLINE Sum start(const int8_t* p) { return _mm512_loadu_si512(p); }
  static FOVEA_INLINE Terms terms(const int8_t* p) {
    const __m512i v = _mm512_loadu_si512(p);
    return {_mm512_srai_epi16(_mm512_slli_epi16(v, 8), 8), _mm512_srai_epi16(v, 8)};
  }
  static FOVEA_INLINE Factor factor(uint32_t word) {
    const __m512i v = _mm512_set1_epi32(static_cast<int>(word));
    return {_mm512_and_si512(v, _mm512_set1_epi16(255)), _mm512_srli_epi16(v, 8)};
  }
  // As one piece: gcc 12 keeps no more than a dozen such sums in registers otherwise.
  static FOVEA_INLINE void add(Sum& sum, const Factor& f, const Terms& t) {
    __m512i product;
    __asm__("vpmaddwd %2, %3, %1\n\tvpaddd %1, %0, %0\n\tvpmaddwd %4, %5, %1\n\tvpaddd %1, %0, %0"
            : "+v"(sum), "=&v"(product)
            : "v"(f.even), "v"(t.even), "v"(f.odd), "v"(t.odd));
  }
  static FOVEA_INLINE Sum join(Sum a, Sum b) { return _mm512_add_epi32(a, b); }
  static FOVEA_INLINE Vec<A> floats(Sum sum) { return _mm512_cvtepi32_ps(sum); }
};

// Codes that vpdpbusd multiplies.
struct I8Dots : I8 {};

template <class A>
struct Dot<A, I8Dots> {
  static constexpr size_t kTileRows = 8;
  static constexpr size_t kTilePanels = 4;
  static constexpr size_t kSums = 24;
  static constexpr size_t kVecs = 1;
  static constexpr size_t kLatency = 10;
  static constexpr size_t kFetchRows = 3;

  using Sum = __m512i;
  using Terms = __m512i;
  using Factor = __m512i;

  static FOVEA_INLINE Sum zero() { return _mm512_setzero_si512(); }
  static FOVEA_INLINE Sum start(const int8_t* p) { return _mm512_loadu_si512(p); }
  static FOVEA_INLINE Terms terms(const int8_t* p) { return _mm512_loadu_si512(p); }
  static FOVEA_INLINE Factor factor(uint32_t word) {
    return _mm512_set1_epi32(static_cast<int>(word));
  }
  // The intrinsic makes gcc 12 copy and spill the sums of tiles that have more than 16.
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(f), "v"(t));
  }
  static FOVEA_INLINE Sum join(Sum a, Sum b) { return _mm512_add_epi32(a, b); }
  static FOVEA_INLINE Vec<A> floats(Sum sum) { return _mm512_cvtepi32_ps(sum); }
};

// Halves of bytes as bytes.
FOVEA_INLINE __m512i halves(const uint8_t* p, bool upper) {
  const __m512i v = _mm512_loadu_si512(p);
  return _mm512_and_si512(upper ? _mm512_srli_epi16(v, 4) : v, _mm512_set1_epi8(15));
}

// Sums of 16 bits have room for a group: 8 times two products of at most 15 and 128 are 30720.
template <class A, size_t numbers>
struct Dot<A, Halves<numbers>> {
  static constexpr size_t kTileRows = 6;
  static constexpr size_t kTilePanels = 3;
  static constexpr size_t kSums = 12;
  static constexpr size_t kVecs = 1;
  static constexpr size_t kFetchRows = 3;

  using Sum = __m512i;
  using Terms = __m512i;
  using Factor = __m512i;

  static FOVEA_INLINE Sum zero(uint32_t) { return _mm512_setzero_si512(); }
  static FOVEA_INLINE Terms terms(const uint8_t* p, bool upper) { return halves(p, upper); }
  static FOVEA_INLINE Factor factor(uint32_t word) {
    return _mm512_set1_epi32(static_cast<int>(word));
  }
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    __m512i product;
    __asm__("vpmaddubsw %2, %3, %1\n\tvpaddw %1, %0, %0"
            : "+v"(sum), "=&v"(product)
            : "v"(f), "v"(t));
  }
  static FOVEA_INLINE Vec<A> floats(Sum sum, uint32_t start) {
    const __m512i pairs = _mm512_madd_epi16(sum, _mm512_set1_epi16(1));
    return _mm512_cvtepi32_ps(_mm512_add_epi32(pairs, _mm512_set1_epi32(static_cast<int>(start))));
  }
};

template <size_t numbers>
struct HalvesDots : Halves<numbers> {};

template <class A, size_t numbers>
struct Dot<A, HalvesDots<numbers>> {
  static constexpr size_t kTileRows = 8;
  static constexpr size_t kTilePanels = 3;
  static constexpr size_t kSums = 24;
  static constexpr size_t kVecs = 1;
  static constexpr size_t kFetchRows = 3;

  using Sum = __m512i;
  using Terms = __m512i;
  using Factor = __m512i;

  static FOVEA_INLINE Sum zero(uint32_t start) {
    return _mm512_set1_epi32(static_cast<int>(start));
  }
  static FOVEA_INLINE Terms terms(const uint8_t* p, bool upper) { return halves(p, upper); }
  static FOVEA_INLINE Factor factor(uint32_t word) {
    return _mm512_set1_epi32(static_cast<int>(word));
  }
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    __asm__("vpdpbusd %1, %2, %0" : "+v"(sum) : "v"(f), "v"(t));
  }
  static FOVEA_INLINE Vec<A> floats(Sum sum, uint32_t) { return _mm512_cvtepi32_ps(sum); }
};

// The codes of a vector of whole numbers + kRoundMagic, 128 added.
template <class A>
FOVEA_INLINE void store_codes(uint8_t* p, const xsimd::batch<float, A>& sum) {
  const __m128i codes = _mm512_cvtepi32_epi8(_mm512_castps_si512(sum));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm_xor_si128(codes, _mm_set1_epi8(-128)));
}

// 32 codes lose their 128; the sum of what they were.
template <class A>
FOVEA_INLINE uint32_t sign_group(uint8_t* p) {
  __m256i* at = reinterpret_cast<__m256i*>(p);
  const __m256i codes = _mm256_loadu_si256(at);
  const __m256i sums = _mm256_sad_epu8(codes, _mm256_setzero_si256());
  const __m128i halves =
      _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  _mm256_storeu_si256(at, _mm256_xor_si256(codes, _mm256_set1_epi8(-128)));
  return static_cast<uint32_t>(_mm_cvtsi128_si32(halves) + _mm_extract_epi32(halves, 2));
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_DOT_AVX512_INL_H_
