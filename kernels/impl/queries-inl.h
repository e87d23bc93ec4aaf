// The query rows of attention: where they lie and which keys they see.

#ifndef FOVEA_KERNELS_IMPL_QUERIES_INL_H_
#define FOVEA_KERNELS_IMPL_QUERIES_INL_H_

#include "kernels/impl/vec-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

constexpr float kLog2E = 0x1.715476p+0f;

// The query rows first to first + count of an item, of all its rows * heads.
struct Segment {
  const AttentionItem* item;
  size_t first, count;
};

// Positions of keys, the last one excluded.
struct KeyRange {
  size_t begin, end;
};

// A query at this position sees keys before key_limit, and from first_seen on, or kept ones.
FOVEA_INLINE size_t key_limit(const Visibility& v, size_t position, size_t keys) {
  return position < keys && v.after < keys - position ? position + v.after + 1 : keys;
}
FOVEA_INLINE size_t first_seen(const Visibility& v, size_t position) {
  return position > v.before && v.before != Visibility::kAll ? position - v.before : 0;
}

// The same for a query row.
FOVEA_INLINE size_t position_of(const AttentionF32& a, const AttentionItem& item,
                                size_t query_row) {
  return size_t{item.first_position} + query_row / a.shape.heads;
}
FOVEA_INLINE size_t key_limit(const AttentionF32& a, const AttentionItem& item, size_t query_row) {
  return key_limit(a.visibility, position_of(a, item, query_row), item.keys.end());
}

// The keys that some row of a block of queries sees: those before `kept` and those of `range`, all
// before its end.
struct SeenKeys {
  KeyRange range;
  size_t kept;

  // Of the block of keys that begins at this position: it ends where it begins if there are none.
  FOVEA_INLINE KeyRange of_block(size_t key) const {
    const size_t end = min_size(key + kKeyBlock, range.end);
    if (key >= kept) return {max_size(key, range.begin), end};
    return {key, end <= range.begin ? min_size(end, kept) : end};
  }
  // The blocks that may have any: `for (key = first(); key < range.end; key = next(key))`.
  FOVEA_INLINE size_t first() const { return kept > 0 ? 0 : range.begin / kKeyBlock * kKeyBlock; }
  FOVEA_INLINE size_t next(size_t key) const {
    key += kKeyBlock;
    return key < kept ? key : max_size(key, range.begin / kKeyBlock * kKeyBlock);
  }
};

FOVEA_INLINE SeenKeys seen_keys(const AttentionF32& a, const Segment& s) {
  const bool all = a.visibility.before == Visibility::kAll;  // most: spares a division
  const size_t first = all ? 0 : first_seen(a.visibility, position_of(a, *s.item, s.first));
  const size_t limit = key_limit(a, *s.item, s.first + s.count - 1);
  return {{first / kLanes * kLanes, limit}, min_size(a.visibility.kept, limit)};
}

FOVEA_INLINE const float* query_of(const AttentionShape& a, const AttentionItem& item, size_t row,
                                   size_t head) {
  return item.query + row * a.query_stride + head * a.key_width;
}

FOVEA_INLINE float* result_of(const AttentionShape& a, const AttentionItem& item, size_t row,
                              size_t head) {
  return item.y + row * a.y_stride + head * a.value_width;
}

// visit(i, row, head) for the i-th row of the segment.
template <class Visit>
FOVEA_INLINE void for_rows(const AttentionShape& a, const Segment& s, Visit visit) {
  size_t row = s.first / a.heads, head = s.first % a.heads;
  for (size_t i = 0; i < s.count; ++i) {
    visit(i, row, head);
    if (++head == a.heads) head = 0, ++row;
  }
}

// What positions add to the scores of a segment, whose scaled queries and scores these are, against
// the keys of a range.
__attribute__((noinline)) inline void relate(const AttentionF32& a, const Segment& s,
                                             const float* query, const void* keys,
                                             const KeyRange& range, float* scores, size_t stride) {
  a.scoring->relate({&a, s.item, static_cast<uint32_t>(s.first), static_cast<uint32_t>(s.count),
                     query, keys, static_cast<uint32_t>(range.begin),
                     static_cast<uint32_t>(range.end - range.begin), scores, stride});
}

// What Scoring says of the scores of a segment against the keys of a range.
FOVEA_INLINE void adjust(const AttentionF32& a, const Segment& s, const KeyRange& range,
                         Masking* masking, float* scores, size_t stride) {
  a.scoring->adjust({&a, s.item, static_cast<uint32_t>(s.first), static_cast<uint32_t>(s.count),
                     static_cast<uint32_t>(range.begin),
                     static_cast<uint32_t>(range.end - range.begin), scores, stride, masking});
}

FOVEA_INLINE Masking look_at_mask(const AttentionF32& a, const Segment& s, const KeyRange& range) {
  Masking masking = Masking::kLeaves;
  const bool any = a.scoring->mask != Mask::kNone && range.begin < range.end;
  if (any) adjust(a, s, range, &masking, nullptr, 0);
  return masking;
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_QUERIES_INL_H_
