// Keys and values into the slots of caches.

#ifndef FOVEA_TESTS_KERNELS_BITS_STORE_H_
#define FOVEA_TESTS_KERNELS_BITS_STORE_H_

#include "tests/kernels/bits/memory.h"

namespace fovea::test {

// Where rows go to slots of heads: `slots` of either argument struct.
template <class K, class Store>
float* random_store(Memory& m, Store& a, void*& slots, size_t* floats) {
  a.rows = static_cast<uint32_t>(m.random.from(1, 40));
  a.heads = static_cast<uint32_t>(m.random.from(1, 3));
  a.width = static_cast<uint32_t>(m.random.from(1, 40));
  a.first_slot = static_cast<uint32_t>(m.random.below(40));
  a.x_stride = a.heads * a.width + m.random.below(3);
  a.head_stride = up16(a.first_slot + a.rows) * kernels::slot_elements<K>(a.width);
  float* x = m.numbers(a.rows * a.x_stride);
  a.x = x;
  *floats = a.heads * a.head_stride * sizeof(K) / sizeof(float);
  float* memory = m.numbers(*floats);
  slots = memory;
  return memory;
}

inline void bits_store_keys_f32(const kernels::Kernels& row, Memory& m, Crc& crc) {
  kernels::StoreKeys a = {};
  size_t floats = 0;
  const float* keys = random_store<float>(m, a, a.keys, &floats);
  row.store_keys_f32(a);
  crc.add(keys, floats);
}

#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type)                                                   \
  inline void bits_store_keys_##name(const kernels::Kernels& row, Memory& m, Crc& crc) {   \
    kernels::StoreKeys a = {};                                                             \
    size_t floats = 0;                                                                     \
    const float* keys = random_store<kernels::Element>(m, a, a.keys, &floats);             \
    row.store_keys_##name(a);                                                              \
    crc.add(keys, floats);                                                                 \
  }                                                                                        \
  inline void bits_store_values_##name(const kernels::Kernels& row, Memory& m, Crc& crc) { \
    kernels::StoreValues a = {};                                                           \
    size_t floats = 0;                                                                     \
    const float* values = random_store<kernels::Element>(m, a, a.values, &floats);         \
    row.store_values_##name(a);                                                            \
    crc.add(values, floats);                                                               \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

}  // namespace fovea::test

#endif  // FOVEA_TESTS_KERNELS_BITS_STORE_H_
