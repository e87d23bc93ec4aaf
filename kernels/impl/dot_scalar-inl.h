// Products of codes without a vector unit: two at a time where a processor has SMLAD (Cortex-M4 and
// above), else one.

#ifndef FOVEA_KERNELS_IMPL_DOT_SCALAR_INL_H_
#define FOVEA_KERNELS_IMPL_DOT_SCALAR_INL_H_

#if defined(__ARM_FEATURE_DSP) && defined(__arm__)
#include <arm_acle.h>
#endif

#include "kernels/formats.h"
#include "kernels/impl/vec_scalar-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class A, class W>
struct Dot;

FOVEA_INLINE uint32_t word_at(const int8_t* p) {
  uint32_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

#if defined(__ARM_FEATURE_DSP) && defined(__arm__)
// Bytes 0 and 2 of a word, or 1 and 3, with or without their signs, 16 bits each. Of the odd ones
// gcc makes two instructions by itself.
FOVEA_INLINE uint32_t even_codes(uint32_t word) {
  return static_cast<uint32_t>(__sxtb16(static_cast<int8x4_t>(word)));
}
FOVEA_INLINE uint32_t odd_codes(uint32_t word) {
  uint32_t odd;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(word));
  return odd;
}
FOVEA_INLINE uint32_t even_bytes(uint32_t word) {
  return static_cast<uint32_t>(__uxtb16(static_cast<uint8x4_t>(word)));
}
FOVEA_INLINE uint32_t odd_bytes(uint32_t word) {
  uint32_t odd;
  __asm__("uxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(word));
  return odd;
}
#else
FOVEA_INLINE uint32_t even_bytes(uint32_t word) {
  return word & 0xff00ff;
}
FOVEA_INLINE uint32_t odd_bytes(uint32_t word) {
  return word >> 8 & 0xff00ff;
}
#endif

// Sums are unsigned, so that they may wrap around.
template <class A>
struct Dot<A, I8> {
  static constexpr size_t kTileRows = 1;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kSums = 4;
  static constexpr size_t kVecs = 4;
  static constexpr size_t kLatency = 0;
  static constexpr size_t kFetchRows = 0;

  using Sum = uint32_t;
  // Even and odd codes, 16 bits each.
  struct Pairs {
    uint32_t even, odd;
  };
  using Factor = Pairs;

  static FOVEA_INLINE Sum zero() { return 0; }
  static FOVEA_INLINE Sum start(const int8_t* p) { return word_at(p); }
  static FOVEA_INLINE Factor factor(uint32_t word) { return {even_bytes(word), odd_bytes(word)}; }
#if defined(__ARM_FEATURE_DSP) && defined(__arm__)
  using Terms = Pairs;
  static FOVEA_INLINE Terms terms(const int8_t* p) {
    const uint32_t word = word_at(p);
    return {even_codes(word), odd_codes(word)};
  }
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    sum = product(f.even, t.even, sum);
    sum = product(f.odd, t.odd, sum);
  }
  static FOVEA_INLINE uint32_t product(uint32_t a, uint32_t b, uint32_t sum) {
    return static_cast<uint32_t>(
        __smlad(static_cast<int16x2_t>(a), static_cast<int16x2_t>(b), static_cast<int32_t>(sum)));
  }
#else
  using Terms = const int8_t*;
  static FOVEA_INLINE Terms terms(const int8_t* p) {
    return p;
  }
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    const int32_t even =
        static_cast<int32_t>(f.even & 0xff) * t[0] + static_cast<int32_t>(f.even >> 16) * t[2];
    const int32_t odd =
        static_cast<int32_t>(f.odd & 0xff) * t[1] + static_cast<int32_t>(f.odd >> 16) * t[3];
    sum += static_cast<uint32_t>(even + odd);
  }
#endif
  static FOVEA_INLINE Sum join(Sum a, Sum b) {
    return a + b;
  }
  static FOVEA_INLINE float floats(Sum sum) {
    return static_cast<float>(static_cast<int32_t>(sum));
  }
};

// As above.
template <class A, size_t numbers>
struct Dot<A, Halves<numbers>> {
  static constexpr size_t kTileRows = 1;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kSums = 4;
  static constexpr size_t kVecs = 4;
  static constexpr size_t kFetchRows = 0;

  using Sum = uint32_t;
  struct Pairs {
    uint32_t even, odd;
  };
  using Terms = Pairs;

  static FOVEA_INLINE Sum zero(uint32_t start) { return start; }
  static FOVEA_INLINE Terms terms(const uint8_t* p, bool upper) {
    uint32_t word;
    memcpy(&word, p, sizeof word);
    const uint32_t mask = 0xf000f;
    return upper ? Terms{word >> 4 & mask, word >> 12 & mask}
                 : Terms{word & mask, word >> 8 & mask};
  }
#if defined(__ARM_FEATURE_DSP) && defined(__arm__)
  using Factor = Pairs;
  static FOVEA_INLINE Factor factor(uint32_t word) {
    return {even_codes(word), odd_codes(word)};
  }
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    sum = Dot<A, I8>::product(f.even, t.even, sum);
    sum = Dot<A, I8>::product(f.odd, t.odd, sum);
  }
#else
  struct Codes {
    int32_t codes[4];
  };
  using Factor = Codes;
  static FOVEA_INLINE Factor factor(uint32_t word) {
    return {{static_cast<int8_t>(word), static_cast<int8_t>(word >> 8),
             static_cast<int8_t>(word >> 16), static_cast<int8_t>(word >> 24)}};
  }
  static FOVEA_INLINE void add(Sum& sum, const Factor& f, Terms t) {
    const int32_t even = f.codes[0] * static_cast<int32_t>(t.even & 15) +
                         f.codes[2] * static_cast<int32_t>(t.even >> 16);
    const int32_t odd = f.codes[1] * static_cast<int32_t>(t.odd & 15) +
                        f.codes[3] * static_cast<int32_t>(t.odd >> 16);
    sum += static_cast<uint32_t>(even + odd);
  }
#endif
  static FOVEA_INLINE float floats(Sum sum, uint32_t) {
    return static_cast<float>(static_cast<int32_t>(sum));
  }
};

// The code of a whole number + kRoundMagic, 128 added.
template <class A>
FOVEA_INLINE void store_codes(uint8_t* p, float sum) {
  *p = static_cast<uint8_t>(to_bits(sum) ^ 0x80);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_DOT_SCALAR_INL_H_
