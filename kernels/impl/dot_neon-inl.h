// Products of codes for NEON: of signed bytes, since it has no other long ones.

#ifndef FOVEA_KERNELS_IMPL_DOT_NEON_INL_H_
#define FOVEA_KERNELS_IMPL_DOT_NEON_INL_H_

#include "kernels/formats.h"
#include "kernels/impl/vec_neon-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

template <class A, class W>
struct Dot;

template <class A>
struct Dot<A, I8> {
  static constexpr size_t kTileRows = 2;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kSums = 8;
  static constexpr size_t kVecs = 4;
  static constexpr size_t kLatency = 4;
  static constexpr size_t kFetchRows = 0;

  // Of four outputs: two pairs of codes of the first two, and of the others.
  struct Sum {
    int32x4_t lower, upper;
  };
  using Terms = int8x16_t;
  using Factor = int8x8_t;

  static FOVEA_INLINE Sum zero() { return {vdupq_n_s32(0), vdupq_n_s32(0)}; }
  // Activations lose their 128, so there is nothing to make up for.
  static FOVEA_INLINE Sum start(const int8_t*) { return zero(); }
  static FOVEA_INLINE Terms terms(const int8_t* p) { return vld1q_s8(p); }
  static FOVEA_INLINE Factor factor(uint32_t word) {
    return vreinterpret_s8_u32(vdup_n_u32(word ^ 0x80808080u));
  }
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    sum.lower = vpadalq_s16(sum.lower, vmull_s8(vget_low_s8(t), f));
    sum.upper = vpadalq_s16(sum.upper, vmull_s8(vget_high_s8(t), f));
  }
  static FOVEA_INLINE Sum join(Sum a, Sum b) {
    return {vaddq_s32(a.lower, b.lower), vaddq_s32(a.upper, b.upper)};
  }
  static FOVEA_INLINE Vec<A> floats(Sum sum) {
    const int32x2_t a = vpadd_s32(vget_low_s32(sum.lower), vget_high_s32(sum.lower));
    const int32x2_t b = vpadd_s32(vget_low_s32(sum.upper), vget_high_s32(sum.upper));
    return vcvtq_f32_s32(vcombine_s32(a, b));
  }
};

#if defined(__aarch64__)
// Codes that SDOT multiplies.
struct I8Dots : I8 {};

template <class A>
struct Dot<A, I8Dots> {
  static constexpr size_t kTileRows = 6;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kSums = 24;
  static constexpr size_t kVecs = 4;
  static constexpr size_t kLatency = 8;
  static constexpr size_t kFetchRows = 0;

  using Sum = int32x4_t;
  using Terms = int8x16_t;
  using Factor = int8x16_t;

  static FOVEA_INLINE Sum zero() { return vdupq_n_s32(0); }
  static FOVEA_INLINE Sum start(const int8_t*) { return zero(); }
  static FOVEA_INLINE Terms terms(const int8_t* p) { return vld1q_s8(p); }
  static FOVEA_INLINE Factor factor(uint32_t word) {
    return vreinterpretq_s8_u32(veorq_u32(vdupq_n_u32(word), vdupq_n_u32(0x80808080u)));
  }
  // An instruction that the flags of this object do not name.
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    __asm__(".arch armv8.2-a+dotprod\n\tsdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(t), "w"(f));
  }
  static FOVEA_INLINE Sum join(Sum a, Sum b) { return vaddq_s32(a, b); }
  static FOVEA_INLINE Vec<A> floats(Sum sum) { return vcvtq_f32_s32(sum); }
};

// Codes that USMMLA multiplies: a vector is eight bytes of each of two rows or outputs, the sums
// are of row 0 and outputs 0 and 1, then of row 1. One row goes through SDOT: these instructions
// would multiply it twice.
struct I8Pairs : I8, RowPairs {};

struct PairSums {
  int32x4_t lower, upper;  // of outputs 0 and 1, 2 and 3
};
struct PairVectors {
  int8x16_t lower, upper;
};

template <class A>
struct Pairs {
  using PairSum = PairSums;
  using PairTerms = PairVectors;

  static FOVEA_INLINE int8x16_t pair_factor(const uint32_t* x0, const uint32_t* x1) {
    return vreinterpretq_s8_u32(vcombine_u32(vld1_u32(x0), vld1_u32(x1)));
  }
  // Words of four outputs, and the words that follow them.
  static FOVEA_INLINE PairTerms zip(int8x16_t words, int8x16_t next) {
    const int32x4_t a = vreinterpretq_s32_s8(words), b = vreinterpretq_s32_s8(next);
    return {vreinterpretq_s8_s32(vzip1q_s32(a, b)), vreinterpretq_s8_s32(vzip2q_s32(a, b))};
  }
  static FOVEA_INLINE Vec<A> floats_of_row(const PairSum& sum, size_t row) {
    const int64x2_t a = vreinterpretq_s64_s32(sum.lower), b = vreinterpretq_s64_s32(sum.upper);
    const int64x2_t sums = row == 0 ? vzip1q_s64(a, b) : vzip2q_s64(a, b);
    return vcvtq_f32_s32(vreinterpretq_s32_s64(sums));
  }
};

template <class A>
struct Dot<A, I8Pairs> : Dot<A, I8Dots>, Pairs<A> {
  using Terms = int8x16_t;
  using typename Pairs<A>::PairSum;
  using typename Pairs<A>::PairTerms;

  // Activations keep their 128, as the panel expects.
  static FOVEA_INLINE PairSum start_pair(const int8_t* p) {
    const int64x2_t starts = vreinterpretq_s64_s8(vld1q_s8(p));
    return {vreinterpretq_s32_s64(vzip1q_s64(starts, starts)),
            vreinterpretq_s32_s64(vzip2q_s64(starts, starts))};
  }
  static FOVEA_INLINE Terms last_pair_factor(uint32_t x0, uint32_t x1) {
    return vreinterpretq_s8_u64(vcombine_u64(vcreate_u64(x0), vcreate_u64(x1)));
  }
  static FOVEA_INLINE PairTerms pair_terms(const int8_t* p, size_t step) {
    return Pairs<A>::zip(vld1q_s8(p), vld1q_s8(p + step));
  }
  static FOVEA_INLINE PairTerms last_pair_terms(const int8_t* p) {
    return Pairs<A>::zip(vld1q_s8(p), vdupq_n_s8(0));
  }
  static FOVEA_INLINE void add_pair(PairSum& sum, Terms f, const PairTerms& t) {
    __asm__(".arch armv8.2-a+i8mm\n\tusmmla %0.4s, %1.16b, %2.16b"
            : "+w"(sum.lower)
            : "w"(f), "w"(t.lower));
    __asm__(".arch armv8.2-a+i8mm\n\tusmmla %0.4s, %1.16b, %2.16b"
            : "+w"(sum.upper)
            : "w"(f), "w"(t.upper));
  }
};
#endif

// Halves of bytes as bytes.
FOVEA_INLINE int8x16_t halves(const uint8_t* p, bool upper) {
  const uint8x16_t v = vld1q_u8(p);
  return vreinterpretq_s8_u8(upper ? vshrq_n_u8(v, 4) : vandq_u8(v, vdupq_n_u8(15)));
}

// Sums of 16 bits have room for a group: 8 products of at most 15 and 128 are 15360.
template <class A, size_t numbers>
struct Dot<A, Halves<numbers>> {
  static constexpr size_t kTileRows = 2;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kSums = 8;
  static constexpr size_t kVecs = 4;
  static constexpr size_t kFetchRows = 0;

  struct Sum {
    int16x8_t lower, upper;
  };
  using Terms = int8x16_t;
  using Factor = int8x8_t;

  static FOVEA_INLINE Sum zero(uint32_t) { return {vdupq_n_s16(0), vdupq_n_s16(0)}; }
  static FOVEA_INLINE Terms terms(const uint8_t* p, bool upper) { return halves(p, upper); }
  static FOVEA_INLINE Factor factor(uint32_t word) { return vreinterpret_s8_u32(vdup_n_u32(word)); }
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    sum.lower = vmlal_s8(sum.lower, vget_low_s8(t), f);
    sum.upper = vmlal_s8(sum.upper, vget_high_s8(t), f);
  }
  static FOVEA_INLINE Vec<A> floats(Sum sum, uint32_t start) {
    const int32x4_t lower = vpaddlq_s16(sum.lower), upper = vpaddlq_s16(sum.upper);
    const int32x2_t a = vpadd_s32(vget_low_s32(lower), vget_high_s32(lower));
    const int32x2_t b = vpadd_s32(vget_low_s32(upper), vget_high_s32(upper));
    return vcvtq_f32_s32(vaddq_s32(vcombine_s32(a, b), vreinterpretq_s32_u32(vdupq_n_u32(start))));
  }
};

#if defined(__aarch64__)
template <size_t numbers>
struct HalvesDots : Halves<numbers> {};

template <class A, size_t numbers>
struct Dot<A, HalvesDots<numbers>> {
  static constexpr size_t kTileRows = 4;
  static constexpr size_t kTilePanels = 1;
  static constexpr size_t kSums = 16;
  static constexpr size_t kVecs = 4;
  static constexpr size_t kFetchRows = 0;

  using Sum = int32x4_t;
  using Terms = int8x16_t;
  using Factor = int8x16_t;

  static FOVEA_INLINE Sum zero(uint32_t start) { return vreinterpretq_s32_u32(vdupq_n_u32(start)); }
  static FOVEA_INLINE Terms terms(const uint8_t* p, bool upper) { return halves(p, upper); }
  static FOVEA_INLINE Factor factor(uint32_t word) {
    return vreinterpretq_s8_u32(vdupq_n_u32(word));
  }
  static FOVEA_INLINE void add(Sum& sum, Factor f, Terms t) {
    __asm__(".arch armv8.2-a+dotprod\n\tsdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(t), "w"(f));
  }
  static FOVEA_INLINE Vec<A> floats(Sum sum, uint32_t) { return vcvtq_f32_s32(sum); }
};

// Codes that SMMLA multiplies, as USMMLA does those above.
template <size_t numbers>
struct HalvesPairs : Halves<numbers>, RowPairs {};

template <class A, size_t numbers>
struct Dot<A, HalvesPairs<numbers>> : Dot<A, HalvesDots<numbers>>, Pairs<A> {
  static constexpr size_t kTileRows = 6;
  static constexpr size_t kSums = 24;

  using Terms = int8x16_t;
  using typename Pairs<A>::PairSum;
  using typename Pairs<A>::PairTerms;

  static FOVEA_INLINE PairSum zero_pair(uint32_t start0, uint32_t start1) {
    const uint32x4_t starts = vcombine_u32(vdup_n_u32(start0), vdup_n_u32(start1));
    return {vreinterpretq_s32_u32(starts), vreinterpretq_s32_u32(starts)};
  }
  static FOVEA_INLINE PairTerms pair_terms(const uint8_t* p) {
    return Pairs<A>::zip(halves(p, false), halves(p, true));
  }
  static FOVEA_INLINE void add_pair(PairSum& sum, Terms f, const PairTerms& t) {
    __asm__(".arch armv8.2-a+i8mm\n\tsmmla %0.4s, %1.16b, %2.16b"
            : "+w"(sum.lower)
            : "w"(f), "w"(t.lower));
    __asm__(".arch armv8.2-a+i8mm\n\tsmmla %0.4s, %1.16b, %2.16b"
            : "+w"(sum.upper)
            : "w"(f), "w"(t.upper));
  }
};
#endif

// The codes of a vector of whole numbers + kRoundMagic, 128 added.
template <class A>
FOVEA_INLINE void store_codes(uint8_t* p, float32x4_t sum) {
  const uint16x4_t words = vmovn_u32(vreinterpretq_u32_f32(sum));
  const uint8x8_t bytes = vmovn_u16(vcombine_u16(words, words));
  const uint32_t codes = vget_lane_u32(vreinterpret_u32_u8(bytes), 0) ^ 0x80808080u;
  __builtin_memcpy(p, &codes, sizeof codes);
}

#if defined(__aarch64__)
// Those of 16 lanes with one store.
template <class A>
FOVEA_INLINE void store_line(uint8_t* p, const float32x4_t (&sums)[kVectors<A>]) {
  uint16x8_t words[kVectors<A>];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) words[j] = vreinterpretq_u16_f32(sums[j]);
  const uint8x16_t a = vreinterpretq_u8_u16(vuzp1q_u16(words[0], words[1]));
  const uint8x16_t b = vreinterpretq_u8_u16(vuzp1q_u16(words[2], words[3]));
  vst1q_u8(p, veorq_u8(vuzp1q_u8(a, b), vdupq_n_u8(128)));
}
#endif

// 32 codes lose their 128; the sum of what they were.
template <class A>
FOVEA_INLINE uint32_t sign_group(uint8_t* p) {
  const uint8x16_t a = vld1q_u8(p), b = vld1q_u8(p + 16), sign = vdupq_n_u8(128);
  const uint64x2_t sums = vpaddlq_u32(vpaddlq_u16(vpadalq_u8(vpaddlq_u8(a), b)));
  vst1q_u8(p, veorq_u8(a, sign));
  vst1q_u8(p + 16, veorq_u8(b, sign));
  return static_cast<uint32_t>(vgetq_lane_u64(sums, 0) + vgetq_lane_u64(sums, 1));
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_DOT_NEON_INL_H_
