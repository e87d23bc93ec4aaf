// The scores of keys that a window keeps beside its own, by the query that meets them. A kernel of
// its own, one call for some query rows and some keys, in the place of relate_f32.

#ifndef FOVEA_KERNELS_IMPL_KEPT_INL_H_
#define FOVEA_KERNELS_IMPL_KEPT_INL_H_

#include "kernels/impl/function-inl.h"
#include "kernels/impl/queries-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// One query row against a panel of keys, with the bits of a tile.
template <class A>
FOVEA_INLINE void meet_panel(const float* query, const float* keys, size_t width, Vec<A> scale,
                             float* scores) {
  Vec<A> sums[kVectors<A>];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) sums[j] = broadcast<A>(0.0f);
  for (size_t d = 0; d < width; ++d, keys += kLanes) {
    const Vec<A> factor = broadcast<A>(query[d]) * scale;
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      sums[j] = mul_add(factor, load<A>(keys + j * kWidth<A>), sums[j]);
    }
  }
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) store(scores + j * kWidth<A>, sums[j]);
}

template <class A>
void meet_kept_f32(const RelateF32& a) {
  const AttentionF32& of = *a.of;
  const size_t width = of.shape.key_width, end = min_size(of.visibility.kept, a.key + a.key_count);
  const Vec<A> scale = broadcast<A>(of.scale * kLog2E);
  for_rows(of.shape, {a.item, a.first, a.count},
           [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
             const float* query =
                 a.item->kept_query + row * of.scoring->kept_query_stride + head * width;
             for (size_t key = a.key; key < end; key += kLanes) {
               alignas(64) float scores[kLanes];
               meet_panel<A>(query, a.keys + (key - a.key) * width, width, scale, scores);
               float* to = a.scores + i * a.score_stride + (key - a.key);
               for (size_t t = 0; t < min_size(kLanes, end - key); ++t) to[t] = scores[t];
             }
           });
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_KEPT_INL_H_
