// Attention whose key blocks are divided: the result of each block is kept, then all are merged.

#ifndef FOVEA_KERNELS_IMPL_DIVIDED_INL_H_
#define FOVEA_KERNELS_IMPL_DIVIDED_INL_H_

#include "kernels/impl/many_keys-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

FOVEA_INLINE QueryBlock all_queries(const AttentionF32& a) {
  return carve(a, {a.items, 0, size_t{a.items->rows} * a.shape.heads});
}

// The part of a key block, as the running results of `q`.
FOVEA_INLINE QueryBlock part_of(const AttentionPartsF32& d, QueryBlock q, size_t block) {
  const AttentionSizes sizes(q.count, 0, 0, d.whole.shape.value_width);
  q.out = d.parts + block * sizes.part();
  q.max = q.out + sizes.out;
  q.sum = q.max + sizes.row;
  return q;
}

template <class A, class K>
FOVEA_INLINE void make_parts(const AttentionPartsF32& d) {
  const AttentionF32& a = d.whole;
  QueryBlock q = all_queries(a);
  Sight sight;
  q.sight = look<A>(a, q.segment(), sight);
  const SeenKeys seen = seen_keys(a, q.segment());
  scale_queries<A>(a, q);
  for (size_t b = d.first; b < size_t{d.first} + d.count; ++b) {
    QueryBlock part = part_of(d, q, b);
    KeyBlock block = block_at(q.item->keys, seen.of_block(b * kKeyBlock));
    const bool hidden = is_hidden(a, part, block);
    do {
      clear<A>(a.shape, part);
      if (block.count == 0 || hidden) break;
      score_block<A, K, Untold<A>>(a, part, block);
      weigh_block<A>(a, part, block);
      first_factors(part);
      value_block<A, K>(a.shape, part, block);
    } while (needs_care<A>(a.shape, part) && (part.careful = true));
  }
}

#define FOVEA_CACHE(name, K, type)                          \
  template <class A>                                        \
  void attention_parts_##name(const AttentionPartsF32& d) { \
    make_parts<A, K>(d);                                    \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

// As value tiles do it.
template <class A>
FOVEA_INLINE void merge_part(const AttentionShape& a, QueryBlock& q, const QueryBlock& part) {
  for (size_t i = 0; i < q.count; ++i) {
    const Vec<A> keep = broadcast<A>(q.keep[i]), add = broadcast<A>(q.add[i]);
    float* out = q.out + i * q.out_stride;
    const float* more = part.out + i * q.out_stride;
    for (size_t d = 0; d < a.value_width; d += kWidth<A>) {
      store(out + d, mul_add(load<A>(out + d), keep, load<A>(more + d) * add));
    }
  }
}

template <class A>
void attention_merge_f32(const AttentionPartsF32& d) {
  const AttentionF32& a = d.whole;
  QueryBlock q = all_queries(a);
  clear<A>(a.shape, q);
  for (size_t b = 0; b < d.count; ++b) {
    const QueryBlock part = part_of(d, q, b);
    for (size_t i = 0; i < q.count; ++i) {
      q.add[i] = part.max[i];
      q.keep[i] = part.sum[i];
    }
    b == 0 ? first_factors(q) : merge_factors<A>(q);
    merge_part<A>(a.shape, q, part);
  }
  finish<A>(a, q);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_DIVIDED_INL_H_
