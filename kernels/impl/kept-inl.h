// The scores of keys that a window keeps beside its own, by the query that meets them. A kernel of
// its own, one call for some query rows and some keys, in the place of relate.

#ifndef FOVEA_KERNELS_IMPL_KEPT_INL_H_
#define FOVEA_KERNELS_IMPL_KEPT_INL_H_

#include "kernels/impl/load-inl.h"
#include "kernels/impl/queries-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// One query row against a panel of keys, with the bits of a tile.
template <class A, class K>
FOVEA_INLINE void meet_panel(const float* query, const K* keys, size_t width, Vec<A> scale,
                             float* scores) {
  Vec<A> sums[kVectors<A>];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) sums[j] = broadcast<A>(0.0f);
  for (size_t d = 0; d < width; ++d) {
    const Vec<A> factor = broadcast<A>(query[d]) * scale;
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      sums[j] = mul_add(factor, load<A>(keys + d * kLanes + j * kWidth<A>), sums[j]);
    }
  }
  if constexpr (kHasUnits<K>) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      sums[j] = sums[j] * load<A>(units_of(keys, width) + j * kWidth<A>);
    }
  }
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) store(scores + j * kWidth<A>, sums[j]);
}

template <class A, class K>
FOVEA_INLINE void meet_kept(const RelateF32& a) {
  const AttentionF32& of = *a.of;
  const size_t width = of.shape.key_width, end = min_size(of.visibility.kept, a.key + a.key_count);
  const size_t panel = kLanes * slot_elements<K>(width);
  const Vec<A> scale = broadcast<A>(of.scale * kLog2E);
  for_rows(of.shape, {a.item, a.first, a.count},
           [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
             const float* query =
                 a.item->kept_query + row * of.scoring->kept_query_stride + head * width;
             const K* keys = static_cast<const K*>(a.keys);
             for (size_t key = a.key; key < end; key += kLanes, keys += panel) {
               alignas(64) float scores[kLanes];
               meet_panel<A, K>(query, keys, width, scale, scores);
               float* to = a.scores + i * a.score_stride + (key - a.key);
               for (size_t t = 0; t < min_size(kLanes, end - key); ++t) to[t] = scores[t];
             }
           });
}

#define FOVEA_CACHE(name, K, type)            \
  template <class A>                          \
  void meet_kept_##name(const RelateF32& a) { \
    meet_kept<A, K>(a);                       \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_KEPT_INL_H_
