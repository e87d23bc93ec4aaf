// Keys and values into the slots of caches.

#include "tests/bench/cases/cases.h"

namespace fovea::bench {
namespace {

// Rows into slots, of either argument struct.
template <class K, class Store>
Store stores(const Shape& s, Case& c, void* Store::*slots) {
  Store a = {};
  a.rows = get(s, "rows", 128);
  a.heads = get(s, "heads", 3);
  a.width = get(s, "width", 64);
  a.x_stride = a.heads * a.width;
  a.head_stride = up16(a.rows) * kernels::slot_elements<K>(a.width);
  float* x = c.floats(a.rows * a.x_stride);
  a.x = x;
  a.*slots = c.floats(a.heads * a.head_stride * sizeof(K) / sizeof(float));
  reads(c, x, a.rows * a.x_stride);
  return a;
}

}  // namespace

#define FOVEA_CACHE(name, Element, type)                                         \
  void store_keys_##name(const kernels::Kernels& row, const Shape& s, Case& c) { \
    const auto a = stores<kernels::Element>(s, c, &kernels::StoreKeys::keys);    \
    c.work.run = [&row, a] { row.store_keys_##name(a); };                        \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE
#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, Element, type)                                           \
  void store_values_##name(const kernels::Kernels& row, const Shape& s, Case& c) { \
    const auto a = stores<kernels::Element>(s, c, &kernels::StoreValues::values);  \
    c.work.run = [&row, a] { row.store_values_##name(a); };                        \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

}  // namespace fovea::bench
