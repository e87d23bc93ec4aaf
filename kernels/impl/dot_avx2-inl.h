// Products of codes for AVX2: by vpmaddwd, and by vpdpbusd where there is AVX-VNNI.

#ifndef FOVEA_KERNELS_IMPL_DOT_AVX2_INL_H_
#define FOVEA_KERNELS_IMPL_DOT_AVX2_INL_H_

#include "kernels/formats.h"
#include "kernels/impl/vec_avx2-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class A, class W>
struct Dot;

FOVEA_INLINE __m256i load_bytes(const int8_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

// Even and odd codes of a word as pairs of 16 bits. What is between 0 and 255 times what is between
// -128 and 127, twice, is far from 2^31; vpmaddubsw, which takes bytes, would saturate.
template <class A>
struct Dot<A, I8> {
  static constexpr size_t kTileRows = 4;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kSums = 8;
  static constexpr size_t kVecs = 2;
  static constexpr size_t kLatency = 4;
  static constexpr size_t kFetchRows = 4;

  using Sum = __m256i;
  struct Pairs {
    __m256i even, odd;
  };
  using Terms = Pairs;
  using Factor = Pairs;

  static FOVEA_INLINE Sum zero() { return _mm256_setzero_si256(); }
  static FOVEA_INLINE Sum start(const int8_t* p) { return load_bytes(p); }
  static FOVEA_INLINE Terms terms(const int8_t* p) {
    const __m256i v = load_bytes(p);
    return {_mm256_srai_epi16(_mm256_slli_epi16(v, 8), 8), _mm256_srai_epi16(v, 8)};
  }
  static FOVEA_INLINE Factor factor(uint32_t word) {
    const __m256i v = _mm256_set1_epi32(static_cast<int>(word));
    return {_mm256_and_si256(v, _mm256_set1_epi16(255)), _mm256_srli_epi16(v, 8)};
  }
  // As one piece: gcc 12 keeps no such sums in registers otherwise.
  static FOVEA_INLINE void add(Sum& sum, const Factor& f, const Terms& t) {
    __m256i product;
    __asm__("vpmaddwd %2, %3, %1\n\tvpaddd %1, %0, %0\n\tvpmaddwd %4, %5, %1\n\tvpaddd %1, %0, %0"
            : "+x"(sum), "=&x"(product)
            : "x"(f.even), "x"(t.even), "x"(f.odd), "x"(t.odd));
  }
  static FOVEA_INLINE Sum join(Sum a, Sum b) { return _mm256_add_epi32(a, b); }
  static FOVEA_INLINE Vec<A> floats(Sum sum) { return _mm256_cvtepi32_ps(sum); }
};

// The same, widened in memory, from where it is multiplied: 12 sums have room in registers.
struct I8Wide : I8, WideCodes {};

template <class A>
struct Dot<A, I8Wide> : Dot<A, I8> {
  static constexpr size_t kTileRows = 3;
  static constexpr size_t kTilePanels = 2;
  static constexpr size_t kSums = 12;
  static constexpr size_t kFetchRows = 0;
  static constexpr size_t kWideUnit = 1;

  using Sum = __m256i;

  static FOVEA_INLINE void widen(const uint8_t* p, uint8_t* wide) {
    const auto terms = Dot<A, I8>::terms(reinterpret_cast<const int8_t*>(p));
    auto* to = reinterpret_cast<__m256i*>(wide);
    _mm256_store_si256(to, terms.even);
    _mm256_store_si256(to + 1, terms.odd);
  }
  static FOVEA_INLINE void add_wide(Sum& sum, const typename Dot<A, I8>::Factor& f,
                                    const uint8_t* wide) {
    const auto* terms = reinterpret_cast<const __m256i*>(wide);
    __m256i product;
    __asm__("vpmaddwd %3, %2, %1\n\tvpaddd %1, %0, %0\n\tvpmaddwd %5, %4, %1\n\tvpaddd %1, %0, %0"
            : "+x"(sum), "=&x"(product)
            : "x"(f.even), "m"(terms[0]), "x"(f.odd), "m"(terms[1]));
  }
  static FOVEA_INLINE void store_sum(float* p, Sum sum) {
    _mm256_store_si256(reinterpret_cast<__m256i*>(p), sum);
  }
};

// Codes that vpdpbusd multiplies.
struct I8Dots : I8 {};

template <class A>
struct Dot<A, I8Dots> {
  static constexpr size_t kTileRows = 6;
  static constexpr size_t kTilePanels = 3;
  static constexpr size_t kSums = 12;
  static constexpr size_t kVecs = 2;
  static constexpr size_t kLatency = 10;
  static constexpr size_t kFetchRows = 4;

  using Sum = __m256i;
  using Terms = __m256i;
  using Factor = __m256i;

  static FOVEA_INLINE Sum zero() { return _mm256_setzero_si256(); }
  static FOVEA_INLINE Sum start(const int8_t* p) { return load_bytes(p); }
  static FOVEA_INLINE Terms terms(const int8_t* p) { return load_bytes(p); }
  static FOVEA_INLINE Factor factor(uint32_t word) {
    return _mm256_set1_epi32(static_cast<int>(word));
  }
  // The form of AVX-VNNI, as processors have it that lack AVX-512.
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(f), "x"(t));
  }
  static FOVEA_INLINE Sum join(Sum a, Sum b) { return _mm256_add_epi32(a, b); }
  static FOVEA_INLINE Vec<A> floats(Sum sum) { return _mm256_cvtepi32_ps(sum); }
};

// Halves of bytes as bytes.
FOVEA_INLINE __m256i halves(const uint8_t* p, bool upper) {
  const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return _mm256_and_si256(upper ? _mm256_srli_epi16(v, 4) : v, _mm256_set1_epi8(15));
}

// Sums of 16 bits have room for a group: 8 times two products of at most 15 and 128 are 30720.
template <class A, size_t numbers>
struct Dot<A, Halves<numbers>> {
  static constexpr size_t kTileRows = 4;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kSums = 8;
  static constexpr size_t kVecs = 2;
  static constexpr size_t kFetchRows = 4;

  using Sum = __m256i;
  using Terms = __m256i;
  using Factor = __m256i;

  static FOVEA_INLINE Sum zero(uint32_t) { return _mm256_setzero_si256(); }
  static FOVEA_INLINE Terms terms(const uint8_t* p, bool upper) { return halves(p, upper); }
  static FOVEA_INLINE Factor factor(uint32_t word) {
    return _mm256_set1_epi32(static_cast<int>(word));
  }
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    __m256i product;
    __asm__("vpmaddubsw %2, %3, %1\n\tvpaddw %1, %0, %0"
            : "+x"(sum), "=&x"(product)
            : "x"(f), "x"(t));
  }
  static FOVEA_INLINE Vec<A> floats(Sum sum, uint32_t start) {
    const __m256i pairs = _mm256_madd_epi16(sum, _mm256_set1_epi16(1));
    return _mm256_cvtepi32_ps(_mm256_add_epi32(pairs, _mm256_set1_epi32(static_cast<int>(start))));
  }
};

// The same as bytes in memory: without a mask in a register there is room for the sums of six rows.
template <size_t numbers>
struct HalvesWide : Halves<numbers>, WideCodes {};

template <class A, size_t numbers>
struct Dot<A, HalvesWide<numbers>> : Dot<A, Halves<numbers>> {
  static constexpr size_t kTileRows = 6;
  static constexpr size_t kSums = 12;
  static constexpr size_t kFetchRows = 0;
  static constexpr size_t kWideUnit = kGroup / 8;

  static FOVEA_INLINE void widen(const uint8_t* p, uint8_t* wide) {
    auto* to = reinterpret_cast<__m256i*>(wide);
    _mm256_store_si256(to, halves(p, false));
    _mm256_store_si256(to + 1, halves(p, true));
  }
  static FOVEA_INLINE __m256i wide_terms(const uint8_t* wide, bool upper) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(wide) + (upper ? 1 : 0));
  }
};

template <size_t numbers>
struct HalvesDots : Halves<numbers> {};

template <class A, size_t numbers>
struct Dot<A, HalvesDots<numbers>> {
  static constexpr size_t kTileRows = 6;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kSums = 12;
  static constexpr size_t kVecs = 2;
  static constexpr size_t kFetchRows = 4;

  using Sum = __m256i;
  using Terms = __m256i;
  using Factor = __m256i;

  static FOVEA_INLINE Sum zero(uint32_t start) {
    return _mm256_set1_epi32(static_cast<int>(start));
  }
  static FOVEA_INLINE Terms terms(const uint8_t* p, bool upper) { return halves(p, upper); }
  static FOVEA_INLINE Factor factor(uint32_t word) {
    return _mm256_set1_epi32(static_cast<int>(word));
  }
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    __asm__("%{vex%} vpdpbusd %1, %2, %0" : "+x"(sum) : "x"(f), "x"(t));
  }
  static FOVEA_INLINE Vec<A> floats(Sum sum, uint32_t) { return _mm256_cvtepi32_ps(sum); }
};

// The codes of a vector of whole numbers + kRoundMagic, 128 added.
template <class A>
FOVEA_INLINE void store_codes(uint8_t* p, const xsimd::batch<float, A>& sum) {
  const __m256i bytes = _mm256_and_si256(_mm256_castps_si256(sum), _mm256_set1_epi32(255));
  const __m128i words =
      _mm_packus_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
  const __m128i codes = _mm_xor_si128(_mm_packus_epi16(words, words), _mm_set1_epi8(-128));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), codes);
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

#endif  // FOVEA_KERNELS_IMPL_DOT_AVX2_INL_H_
