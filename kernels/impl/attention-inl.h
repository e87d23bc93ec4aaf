// Attention: its items are cut into blocks of query rows, or several of them share one.

#ifndef FOVEA_KERNELS_IMPL_ATTENTION_INL_H_
#define FOVEA_KERNELS_IMPL_ATTENTION_INL_H_

#include "kernels/impl/adjust-inl.h"
#include "kernels/impl/divided-inl.h"
#include "kernels/impl/dropout-inl.h"
#include "kernels/impl/few_keys-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

FOVEA_INLINE bool may_share(const AttentionItem& item) {
  return item.keys.end() <= kKeyBlock && item.keys.whole();
}

// Most rows of items that share a block: as many as the scratch memory has room for.
FOVEA_INLINE size_t sharing_rows(const AttentionF32& a) {
  size_t keys = 0, rows = kQueryBlock;
  for (size_t i = 0; i < a.count; ++i) {
    if (may_share(a.items[i])) keys = max_size(keys, a.items[i].keys.end());
  }
  for (; rows > 1; --rows) {
    const AttentionSizes sizes(rows, keys, a.shape.key_width, a.shape.value_width);
    if (sizes.total() * sizeof(float) <= a.scratch_bytes) break;
  }
  return rows;
}

// The items from `first` on that share a block: their rows are few, and so are their keys. One that
// cannot share is alone.
FOVEA_INLINE size_t sharing_items(const AttentionF32& a, size_t first, size_t most_rows) {
  size_t rows = 0, i = first;
  for (; i < a.count && i - first < kQueryBlock && may_share(a.items[i]); ++i) {
    rows += size_t{a.items[i].rows} * a.shape.heads;
    if (rows > most_rows) break;
  }
  return max_size(i - first, 1);
}

// Beside other code gcc 12 keeps less of this in registers: a head of 8 columns took 7 % longer.
template <class A>
__attribute__((noinline)) void attend_many_alone(const AttentionF32& a, const Segment& s) {
  attend_many<A, F32>(a, s);
}

template <class A>
FOVEA_INLINE void attend_segment(const AttentionF32& a, const Segment& s) {
  if constexpr (Tuning<A>::kShares) {
    const size_t limit = key_limit(a, *s.item, s.first + s.count - 1);
    const bool few = limit <= kKeyBlock && s.item->keys.whole();
    few ? attend_few<A>(a, &s, 1) : attend_many_alone<A>(a, s);
  } else {
    attend_many<A, F32>(a, s);
  }
}

template <class A>
FOVEA_INLINE void attend_together(const AttentionF32& a, const AttentionItem* items, size_t count) {
  Segment segments[kQueryBlock];
  for (size_t i = 0; i < count; ++i)
    segments[i] = {items + i, 0, size_t{items[i].rows} * a.shape.heads};
  attend_few<A>(a, segments, count);
}

template <class A>
void attention_f32(const AttentionF32& a) {
  if (a.attend != nullptr) return a.attend(a);
  [[maybe_unused]] size_t most_rows = 0;
  if constexpr (Tuning<A>::kShares) most_rows = a.count > 1 ? sharing_rows(a) : 0;
  for (size_t i = 0; i < a.count;) {
    if constexpr (Tuning<A>::kShares) {
      const size_t sharing = sharing_items(a, i, most_rows);
      if (sharing > 1) {
        attend_together<A>(a, a.items + i, sharing);
        i += sharing;
        continue;
      }
    }
    for_blocks(a, a.items[i++], [&](const Segment& s) FOVEA_LAMBDA { attend_segment<A>(a, s); });
  }
}

// Keys that are widened as they are loaded: block by block, however few they are.
template <class A, class K>
FOVEA_INLINE void attend_blocks(const AttentionF32& a) {
  if (a.attend != nullptr) return a.attend(a);
  for (size_t i = 0; i < a.count; ++i) {
    for_blocks(a, a.items[i], [&](const Segment& s) FOVEA_LAMBDA { attend_many<A, K>(a, s); });
  }
}

#define FOVEA_CACHE_F32(...)
#define FOVEA_CACHE(name, K, type)               \
  template <class A>                             \
  void attention_##name(const AttentionF32& a) { \
    attend_blocks<A, K>(a);                      \
  }
#include "kernels/caches.inc"
#undef FOVEA_CACHE

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_ATTENTION_INL_H_
