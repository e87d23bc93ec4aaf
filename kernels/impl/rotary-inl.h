// Rotary position embedding, and keys into their dim-major blocks.

#ifndef FOVEA_KERNELS_IMPL_ROTARY_INL_H_
#define FOVEA_KERNELS_IMPL_ROTARY_INL_H_

#include "kernels/impl/math-inl.h"
#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// cosine[i], sine[i] of position * frequency[i], the product rounded to f32; each times the factor.
template <class A>
FOVEA_INLINE void sines(const RotaryTableF32& a, uint32_t position, float* cosine, float* sine) {
  const Vec<A> at = broadcast<A>(static_cast<float>(position));
  const Vec<A> factor = broadcast<A>(a.factor);
  size_t i = 0;
  Vec<A> s, c;
  for (; i + kWidth<A> <= a.pairs; i += kWidth<A>) {
    sine_cosine<A>(at * load<A>(a.inverse_frequencies + i), s, c);
    store(cosine + i, c * factor);
    store(sine + i, s * factor);
  }
  if constexpr (kWidth < A >> 1) {
    if (i == a.pairs) return;
    sine_cosine<A>(at * load_first<A>(a.inverse_frequencies + i, a.pairs - i), s, c);
    store_first(cosine + i, c * factor, a.pairs - i);
    store_first(sine + i, s * factor, a.pairs - i);
  }
}

template <class A>
void rotary_table_f32(const RotaryTableF32& a) {
  for (uint32_t r = 0; r < a.rows; ++r) {
    float* cosine = a.table + r * a.table_stride;
    sines<A>(a, a.first_position + r, cosine, cosine + a.pairs);
  }
}

// (x, y) -> (x cos - y sin, y cos + x sin); the second product is rounded, then one multiply-add.
template <class A>
FOVEA_INLINE Vec<A> rotated(Vec<A> x, Vec<A> y, Vec<A> cosine, Vec<A> sine) {
  return mul_add(x, cosine, y * sine);
}

template <class A>
FOVEA_INLINE void rotate_halves(float* x, size_t pairs, const float* cosine, const float* sine) {
  const Vec<A> zero = broadcast<A>(0.0f);
  float* y = x + pairs;
  size_t i = 0;
  for (; i + kWidth<A> <= pairs; i += kWidth<A>) {
    const Vec<A> u = load<A>(x + i), v = load<A>(y + i);
    const Vec<A> c = load<A>(cosine + i), s = load<A>(sine + i);
    store(x + i, rotated<A>(u, v, c, zero - s));
    store(y + i, rotated<A>(v, u, c, s));
  }
  if constexpr (kWidth < A >> 1) {
    if (i == pairs) return;
    const size_t n = pairs - i;
    const Vec<A> u = load_first<A>(x + i, n), v = load_first<A>(y + i, n);
    const Vec<A> c = load_first<A>(cosine + i, n), s = load_first<A>(sine + i, n);
    store_first(x + i, rotated<A>(u, v, c, zero - s), n);
    store_first(y + i, rotated<A>(v, u, c, s), n);
  }
}

// Of pairs whose elements lie side by side, as many as a vector has room for, in every head of a
// row. The sine is negated for even elements: then a vector turns with one swap of neighbours.
template <class A>
FOVEA_INLINE void rotate_vectors(const RotaryF32& a, float* x, size_t pairs, const float* cosine,
                                 const float* sine) {
  float cosines[kWidth<A>] = {}, sines[kWidth<A>] = {};
  for (size_t i = 0; i < pairs; ++i) {
    cosines[2 * i] = cosines[2 * i + 1] = cosine[i];
    sines[2 * i] = 0.0f - sine[i];
    sines[2 * i + 1] = sine[i];
  }
  const Vec<A> c = load<A>(cosines), s = load<A>(sines);
  const size_t n = 2 * pairs;
  for (size_t h = 0; h < a.heads; ++h, x += a.head_width) {
    const Vec<A> v = n == kWidth<A> ? load<A>(x) : load_first<A>(x, n);
    const Vec<A> turned = rotated<A>(v, swap_neighbours<A>(v), c, s);
    n == kWidth<A> ? store(x, turned) : store_first(x, turned, n);
  }
}

template <class A>
FOVEA_INLINE void rotate_neighbours(const RotaryF32& a, float* x, const float* cosine,
                                    const float* sine) {
  if constexpr (kWidth<A> == 1) {
    for (size_t h = 0; h < a.heads; ++h, x += a.head_width) {
      for (size_t i = 0; i < a.pairs; ++i) {
        const float u = x[2 * i], v = x[2 * i + 1];
        x[2 * i] = rotated<A>(u, v, cosine[i], 0.0f - sine[i]);
        x[2 * i + 1] = rotated<A>(v, u, cosine[i], sine[i]);
      }
    }
  } else {
    constexpr size_t kPairs = kWidth<A> / 2;
    for (size_t i = 0; i < a.pairs; i += kPairs) {
      rotate_vectors<A>(a, x + 2 * i, min_size(a.pairs - i, kPairs), cosine + i, sine + i);
    }
  }
}

template <class A>
void rotary_f32(const RotaryF32& a) {
  for (size_t r = 0; r < a.rows; ++r) {
    float* x = a.x + r * a.x_stride;
    const float* cosine = a.table + r * a.table_stride;
    const float* sine = cosine + a.pairs;
    if (a.interleaved) {
      rotate_neighbours<A>(a, x, cosine, sine);
    } else {
      for (size_t h = 0; h < a.heads; ++h) {
        rotate_halves<A>(x + h * a.head_width, a.pairs, cosine, sine);
      }
    }
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_ROTARY_INL_H_
