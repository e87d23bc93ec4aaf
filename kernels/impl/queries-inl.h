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

// A query row sees keys at positions before this one.
FOVEA_INLINE size_t key_limit(const AttentionF32& a, const AttentionItem& item, size_t query_row) {
  const size_t seen = size_t{item.first_position} + query_row / a.shape.heads + 1;
  return a.visibility.causal ? min_size(item.keys.end(), seen) : item.keys.end();
}

FOVEA_INLINE const float* query_of(const AttentionShape& a, const AttentionItem& item, size_t at) {
  return item.query + at / a.heads * a.query_stride + at % a.heads * a.key_width;
}

FOVEA_INLINE float* result_of(const AttentionShape& a, const AttentionItem& item, size_t at) {
  return item.y + at / a.heads * a.y_stride + at % a.heads * a.value_width;
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

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_QUERIES_INL_H_
