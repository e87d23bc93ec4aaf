// Rows of floats become rows of codes.

#ifndef FOVEA_KERNELS_IMPL_QUANTIZE_INL_H_
#define FOVEA_KERNELS_IMPL_QUANTIZE_INL_H_

#include "kernels/formats.h"
#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Below this the quotients of ARITHMETIC.md overflow or are subnormal.
constexpr float kLeastMaximum = 0x1p-119f;

// A float's bits without its sign, which are larger where its magnitude is; above all numbers are
// those of infinities and NaNs.
FOVEA_INLINE uint32_t magnitude_bits(const float* x) {
  uint32_t bits;
  __builtin_memcpy(&bits, x, sizeof bits);
  return bits << 1;
}

// The same without a vector unit, in integers: no comparison of floats.
FOVEA_INLINE float largest_of_bits(const float* x, size_t count) {
  constexpr uint32_t kInfinite = 0xff000000u;
  uint32_t largest = 0;
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    FOVEA_UNROLL
    for (size_t j = 0; j < 4; ++j) {
      const uint32_t bits = magnitude_bits(x + i + j);
      largest = bits > largest ? bits : largest;
    }
  }
  for (; i < count; ++i) {
    const uint32_t bits = magnitude_bits(x + i);
    largest = bits > largest ? bits : largest;
  }
  if (largest >= kInfinite) return __builtin_nanf("");
  largest >>= 1;
  float magnitude;
  __builtin_memcpy(&magnitude, &largest, sizeof magnitude);
  return magnitude;
}

// The largest magnitude of a row; NaN where an element is not finite. Times zero, such an element
// is NaN, which a maximum may lose and a sum does not.
template <class A>
FOVEA_INLINE float largest_magnitude(const float* x, size_t count) {
  if constexpr (kWidth<A> == 1) return largest_of_bits(x, count);
  const Vec<A> zero = broadcast<A>(0.0f);
  Vec<A> largest = zero;
  Vec<A> none[kVectors<A>];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) none[j] = zero;
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      const Vec<A> v = load<A>(x + i + j * kWidth<A>);
      largest = maximum(largest, absolute(v));
      none[j] = mul_add(v, zero, none[j]);
    }
  }
  for (; i < count; i += kWidth<A>) {
    const size_t left = count - i;
    const Vec<A> v = left < kWidth<A> ? load_first<A>(x + i, left) : load<A>(x + i);
    largest = maximum(largest, absolute(v));
    none[0] = mul_add(v, zero, none[0]);
  }
  return tree_sum<A>(none) + lane_max<A>(largest);
}

// A float's code, with bits above it that are not its own.
FOVEA_INLINE uint32_t code_bits(float x, float factor) {
  const float sum = x * factor + kRoundMagic;
  uint32_t bits;
  __builtin_memcpy(&bits, &sum, sizeof bits);
  return bits;
}

// Four codes at a time, where a byte at a time would take a store each. Returns how many.
FOVEA_INLINE size_t store_words(const float* x, size_t count, float factor, uint8_t* codes) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    uint32_t word = code_bits(x[i], factor) & 0xff;
    word |= (code_bits(x[i + 1], factor) & 0xff) << 8;
    word |= (code_bits(x[i + 2], factor) & 0xff) << 16;
    word |= code_bits(x[i + 3], factor) << 24;
    word ^= 0x80808080u;
    __builtin_memcpy(codes + i, &word, sizeof word);
  }
  return i;
}

// Codes past the last are zeros, up to a whole word.
template <class A>
FOVEA_INLINE void store_row(const float* x, size_t count, float factor, uint8_t* codes) {
  const Vec<A> f = broadcast<A>(factor), magic = broadcast<A>(kRoundMagic);
  size_t i = 0;
  if constexpr (kWidth<A> == 1) i = store_words(x, count, factor, codes);
#if defined(FOVEA_KERNELS_IMPL_DOT_NEON_INL_H_) && defined(__aarch64__)
  for (; i + kLanes <= count; i += kLanes) {
    Vec<A> sums[kVectors<A>];
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) sums[j] = load<A>(x + i + j * kWidth<A>) * f + magic;
    store_line<A>(codes + i, sums);
  }
#endif
  for (; i + kWidth<A> <= count; i += kWidth<A>) {
    store_codes<A>(codes + i, load<A>(x + i) * f + magic);
  }
  const size_t end = code_words(count) * 4;
  for (; i < end; ++i) {
    codes[i] = static_cast<uint8_t>(code_bits(i < count ? x[i] : 0.0f, factor) ^ 0x80);
  }
}

// Codes and, after them, what they are multiples of.
template <class A>
FOVEA_INLINE void quantize_row(const float* x, size_t k, uint32_t* y) {
  const size_t words = code_words(k);
  const float largest = largest_magnitude<A>(x, k);
  float unit = largest == largest ? 0.0f : __builtin_nanf("");
  if (largest >= kLeastMaximum) {
    unit = largest / 127.0f;
    store_row<A>(x, k, 127.0f / largest, reinterpret_cast<uint8_t*>(y));
  } else {
    for (size_t i = 0; i < words; ++i) y[i] = 0x80808080u;
  }
  __builtin_memcpy(y + words, &unit, sizeof unit);
}

template <class A>
void quantize_f32(const QuantizeF32& a) {
  for (size_t r = 0; r < a.rows; ++r)
    quantize_row<A>(a.x + r * a.x_stride, a.k, a.y + r * a.y_stride);
}

// Words of codes lose their 128; the sum of what they were, of at most 32.
FOVEA_INLINE uint32_t sign_words(uint8_t* p, size_t count) {
  uint32_t sums = 0;  // of even and odd bytes, 16 bits each
  for (size_t i = 0; i < count; ++i) {
    uint32_t word;
    __builtin_memcpy(&word, p + 4 * i, sizeof word);
    sums += (word & 0xff00ff) + (word >> 8 & 0xff00ff);
    word ^= 0x80808080u;
    __builtin_memcpy(p + 4 * i, &word, sizeof word);
  }
  return (sums & 0xffff) + (sums >> 16);
}

#if defined(FOVEA_KERNELS_IMPL_DOT_SCALAR_INL_H_)
template <class A>
FOVEA_INLINE uint32_t sign_group(uint8_t* p) {
  return sign_words(p, kGroup / 4);
}
#endif

template <class A>
void quantize_groups_f32(const QuantizeF32& a) {
  const size_t words = code_words(size_t{a.k}), groups = groups_of(size_t{a.k});
  for (size_t r = 0; r < a.rows; ++r) {
    uint32_t* y = a.y + r * a.y_stride;
    quantize_row<A>(a.x + r * a.x_stride, a.k, y);
    for (size_t g = 0; g < groups; ++g) {
      uint8_t* codes = reinterpret_cast<uint8_t*>(y + g * (kGroup / 4));
      const size_t count = min_size(words - g * (kGroup / 4), kGroup / 4);
      const uint32_t sum = count == kGroup / 4 ? sign_group<A>(codes) : sign_words(codes, count);
      y[words + 1 + g] = 8 * (static_cast<uint32_t>(count) * 512 - sum);
    }
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_QUANTIZE_INL_H_
