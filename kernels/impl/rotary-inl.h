// Rotary position embedding, and keys into their dim-major blocks.

#ifndef FOVEA_KERNELS_IMPL_ROTARY_INL_H_
#define FOVEA_KERNELS_IMPL_ROTARY_INL_H_

#include "kernels/impl/math-inl.h"
#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// cosine[i], sine[i] of position * frequency[i], the product rounded to f32; each times the factor.
template <class A>
FOVEA_INLINE void sines(const RotaryF32& a, uint32_t position, float* cosine, float* sine) {
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

// cosine[i] and sine[i] of pair i / 2, the sine negated for even i: a vector of neighbours turns
// with one swap.
FOVEA_INLINE void spread(const float* cosine, const float* sine, size_t pairs, float* cosines,
                         float* sines) {
  for (size_t i = 0; i < pairs; ++i) {
    cosines[2 * i] = cosines[2 * i + 1] = cosine[i];
    sines[2 * i] = 0.0f - sine[i];
    sines[2 * i + 1] = sine[i];
  }
}

template <class A>
FOVEA_INLINE void rotate_neighbours(float* x, size_t pairs, const float* cosines,
                                    const float* sines) {
  if constexpr (kWidth<A> == 1) {
    for (size_t i = 0; i < 2 * pairs; i += 2) {
      const float u = x[i], v = x[i + 1];
      x[i] = rotated<A>(u, v, cosines[i], sines[i]);
      x[i + 1] = rotated<A>(v, u, cosines[i + 1], sines[i + 1]);
    }
  } else {
    size_t i = 0;
    for (; i + kWidth<A> <= 2 * pairs; i += kWidth<A>) {
      const Vec<A> v = load<A>(x + i);
      store(x + i, rotated<A>(v, swap_neighbours<A>(v), load<A>(cosines + i), load<A>(sines + i)));
    }
    if (i == 2 * pairs) return;
    const size_t n = 2 * pairs - i;
    const Vec<A> v = load_first<A>(x + i, n);
    const Vec<A> c = load_first<A>(cosines + i, n), s = load_first<A>(sines + i, n);
    store_first(x + i, rotated<A>(v, swap_neighbours<A>(v), c, s), n);
  }
}

template <class A>
void rotary_f32(const RotaryF32& a) {
  const size_t pairs = a.pairs;
  float* cosine = a.scratch;                // [pairs]
  float* sine = a.scratch + pairs;          // [pairs]
  float* cosines = a.scratch + 2 * pairs;   // [2 * pairs], each twice
  float* sines_of = a.scratch + 4 * pairs;  // [2 * pairs], each twice, first negated
  for (size_t r = 0; r < a.rows; ++r) {
    sines<A>(a, a.first_position + static_cast<uint32_t>(r), cosine, sine);
    if (a.interleaved) spread(cosine, sine, pairs, cosines, sines_of);
    for (size_t h = 0; h < a.heads; ++h) {
      float* x = a.x + r * a.x_stride + h * a.head_width;
      a.interleaved ? rotate_neighbours<A>(x, pairs, cosines, sines_of)
                    : rotate_halves<A>(x, pairs, cosine, sine);
    }
  }
}

// One row of keys into its lane of a block.
FOVEA_INLINE void store_key(const float* x, size_t width, float* keys) {
  for (size_t d = 0; d < width; ++d) keys[d * kLanes] = x[d];
}

// Four rows, whose lanes lie side by side.
template <class A>
FOVEA_INLINE void store_four_keys(const float* x, size_t x_stride, size_t width, float* keys) {
  size_t d = 0;
  for (; d + 4 <= width; d += 4) transpose_four<A>(x + d, x_stride, keys + d * kLanes, kLanes);
  for (size_t r = 0; d < width && r < 4; ++r) {
    store_key(x + r * x_stride + d, width - d, keys + d * kLanes + r);
  }
}

template <class A>
void store_keys_f32(const StoreKeysF32& a) {
  for (size_t h = 0; h < a.heads; ++h) {
    const float* x = a.x + h * a.width;
    for (size_t r = 0; r < a.rows;) {
      const size_t slot = size_t{a.first_slot} + r;
      float* keys = a.keys + h * a.head_stride + slot / kLanes * a.width * kLanes + slot % kLanes;
      const bool four = slot % 4 == 0 && a.rows - r >= 4;
      if (four) {
        store_four_keys<A>(x + r * a.x_stride, a.x_stride, a.width, keys);
      } else {
        store_key(x + r * a.x_stride, a.width, keys);
      }
      r += four ? 4 : 1;
    }
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_ROTARY_INL_H_
