// Rows of floats become rows of codes.

#ifndef FOVEA_KERNELS_IMPL_QUANTIZE_INL_H_
#define FOVEA_KERNELS_IMPL_QUANTIZE_INL_H_

#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// Below this the quotients of ARITHMETIC.md overflow or are subnormal.
constexpr float kLeastMaximum = 0x1p-119f;

// The largest magnitude of a row; NaN where an element is not finite. Times zero, such an element
// is NaN, which a maximum may lose and a sum does not.
template <class A>
FOVEA_INLINE float largest_magnitude(const float* x, size_t count) {
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

// Codes past the last are zeros, up to a whole word.
template <class A>
FOVEA_INLINE void store_row(const float* x, size_t count, float factor, uint8_t* codes) {
  const Vec<A> f = broadcast<A>(factor), magic = broadcast<A>(kRoundMagic);
  size_t i = 0;
  for (; i + kWidth<A> <= count; i += kWidth<A>) {
    store_codes<A>(codes + i, load<A>(x + i) * f + magic);
  }
  const size_t end = code_words(count) * 4;
  for (; i < end; ++i) {
    const float v = i < count ? x[i] * factor + kRoundMagic : kRoundMagic;
    uint32_t bits;
    __builtin_memcpy(&bits, &v, sizeof bits);
    codes[i] = static_cast<uint8_t>(bits ^ 0x80);
  }
}

template <class A>
void quantize_f32(const QuantizeF32& a) {
  const size_t words = code_words(a.k);
  for (size_t r = 0; r < a.rows; ++r) {
    const float* x = a.x + r * a.x_stride;
    uint32_t* y = a.y + r * a.y_stride;
    const float largest = largest_magnitude<A>(x, a.k);
    float unit = largest == largest ? 0.0f : __builtin_nanf("");
    if (largest >= kLeastMaximum) {
      unit = largest / 127.0f;
      store_row<A>(x, a.k, 127.0f / largest, reinterpret_cast<uint8_t*>(y));
    } else {
      for (size_t i = 0; i < words; ++i) y[i] = 0x80808080u;
    }
    __builtin_memcpy(y + words, &unit, sizeof unit);
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_QUANTIZE_INL_H_
