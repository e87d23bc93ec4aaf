// Rows of keys and values go to their slots, in the format of these.

#ifndef FOVEA_KERNELS_IMPL_STORE_INL_H_
#define FOVEA_KERNELS_IMPL_STORE_INL_H_

#include "kernels/impl/load-inl.h"
#include "kernels/impl/quantize-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// One row of keys into its lane of a block.
template <class K>
FOVEA_INLINE void store_key(const K* x, size_t width, K* keys) {
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
void store_keys_f32(const StoreKeys& a) {
  for (size_t h = 0; h < a.heads; ++h) {
    const float* x = a.x + h * a.width;
    for (size_t r = 0; r < a.rows;) {
      const size_t slot = size_t{a.first_slot} + r;
      float* keys = static_cast<float*>(a.keys) + h * a.head_stride +
                    slot / kLanes * a.width * kLanes + slot % kLanes;
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

// The header of vector operations in use says which instructions there are.
template <class A>
FOVEA_INLINE void store_narrow(F16* p, Vec<A> v) {
#if defined(FOVEA_KERNELS_IMPL_VEC_AVX512_INL_H_)
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
#elif defined(FOVEA_KERNELS_IMPL_VEC_AVX2_INL_H_)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
#elif defined(FOVEA_KERNELS_IMPL_VEC_NEON_INL_H_) && defined(__aarch64__)
  vst1_u16(reinterpret_cast<uint16_t*>(p), vreinterpret_u16_f16(vcvt_f16_f32(v)));
#else
  float numbers[kWidth<A>];
  store(numbers, v);
  for (size_t i = 0; i < kWidth<A>; ++i) narrow(numbers[i], p[i]);
#endif
}

template <class A>
FOVEA_INLINE void narrow_row(const float* x, size_t width, F16* y) {
  size_t d = 0;
  for (; d + kWidth<A> <= width; d += kWidth<A>) store_narrow<A>(y + d, load<A>(x + d));
  for (; d < width; ++d) narrow(x[d], y[d]);
}

template <class A>
void store_keys_f16(const StoreKeys& a) {
  constexpr size_t kPart = 64;
  F16 part[kPart];
  for (size_t h = 0; h < a.heads; ++h) {
    for (size_t r = 0; r < a.rows; ++r) {
      const float* x = a.x + r * a.x_stride + h * a.width;
      const size_t slot = size_t{a.first_slot} + r;
      F16* keys = static_cast<F16*>(a.keys) + h * a.head_stride + slot / kLanes * a.width * kLanes +
                  slot % kLanes;
      for (size_t d = 0; d < a.width; d += kPart) {
        const size_t count = min_size(kPart, a.width - d);
        narrow_row<A>(x + d, count, part);
        store_key(part, count, keys + d * kLanes);
      }
    }
  }
}

template <class A>
void store_values_f16(const StoreValues& a) {
  for (size_t h = 0; h < a.heads; ++h) {
    F16* y = static_cast<F16*>(a.values) + h * a.head_stride + size_t{a.first_slot} * a.width;
    for (size_t r = 0; r < a.rows; ++r) {
      narrow_row<A>(a.x + r * a.x_stride + h * a.width, a.width, y + r * a.width);
    }
  }
}

// A row that becomes codes, and where they go: element i to codes[i * step].
template <class A>
FOVEA_INLINE void store_codes_of(const float* x, size_t width, C8* codes, size_t step,
                                 float* unit) {
  constexpr size_t kPart = 64;
  uint8_t part[kPart];
  const float largest = largest_magnitude<A>(x, width);
  const bool some = largest >= kLeastMaximum;
  *unit = some ? largest / 127.0f : largest == largest ? 0.0f : __builtin_nanf("");
  const float factor = 127.0f / largest;
  for (size_t d = 0; d < width; d += kPart) {
    const size_t count = min_size(kPart, width - d);
    if (some) store_row<A>(x + d, count, factor, part);
    for (size_t i = 0; i < count; ++i) {
      codes[(d + i) * step].code = some ? static_cast<int8_t>(part[i] ^ 0x80) : int8_t{0};
    }
  }
}

// Row r of a head, of which slot `first_slot` + r is in some block of 16. step: from element to
// element; slot_step: from slot to slot.
template <class A>
FOVEA_INLINE void store_head(const float* x, size_t x_stride, C8* slots, size_t width,
                             size_t first_slot, size_t rows, size_t step, size_t slot_step) {
  for (size_t r = 0; r < rows; ++r) {
    const size_t slot = first_slot + r, lane = slot % kLanes;
    C8* block = slots + slot / kLanes * kLanes * slot_elements<C8>(width);
    float* units = reinterpret_cast<float*>(block + kLanes * width);
    store_codes_of<A>(x + r * x_stride, width, block + lane * slot_step, step, units + lane);
  }
}

template <class A>
void store_keys_int8(const StoreKeys& a) {
  for (size_t h = 0; h < a.heads; ++h) {
    store_head<A>(a.x + h * a.width, a.x_stride, static_cast<C8*>(a.keys) + h * a.head_stride,
                  a.width, a.first_slot, a.rows, kLanes, 1);
  }
}

template <class A>
void store_values_int8(const StoreValues& a) {
  for (size_t h = 0; h < a.heads; ++h) {
    store_head<A>(a.x + h * a.width, a.x_stride, static_cast<C8*>(a.values) + h * a.head_stride,
                  a.width, a.first_slot, a.rows, 1, a.width);
  }
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_STORE_INL_H_
