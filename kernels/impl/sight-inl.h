// Which keys the rows of a block of queries see, so that tiles leave out those that none of their
// rows does: on the diagonal of causal attention, and at the ends of windows.

#ifndef FOVEA_KERNELS_IMPL_SIGHT_INL_H_
#define FOVEA_KERNELS_IMPL_SIGHT_INL_H_

#include "kernels/impl/parts-inl.h"
#include "kernels/impl/queries-inl.h"
#include "kernels/impl/values-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// The keys that each row sees: those before `limit` and from `first` on, or before `kept`.
struct Sight {
  size_t first[kQueryBlock], limit[kQueryBlock];
  size_t kept;
};

// Null where all rows see all keys, or code for that would be too much.
template <class A>
FOVEA_INLINE const Sight* look(const AttentionF32& a, const Segment& s, Sight& sight) {
  const Visibility& v = a.visibility;
  if (!Tuning<A>::kShares || (v.before == Visibility::kAll && v.after == Visibility::kAll)) {
    return nullptr;
  }
  for_rows(a.shape, s, [&](size_t i, size_t row, size_t) FOVEA_LAMBDA {
    const size_t position = size_t{s.item->first_position} + row;
    sight.first[i] = first_seen(v, position);
    sight.limit[i] = key_limit(v, position, s.item->keys.end());
  });
  sight.kept = v.kept;
  return &sight;
}

// How many of the block's keys lie before `limit`.
FOVEA_INLINE size_t keys_before(const KeyBlock& block, size_t limit) {
  const KeyPiece& last = block.pieces[block.count - 1];
  if (limit >= last.position + last.count) return block.keys;
  size_t keys = 0;
  for (size_t n = 0; n < block.count; ++n) {
    const KeyPiece& piece = block.pieces[n];
    if (limit > piece.position) keys += min_size(piece.count, limit - piece.position);
  }
  return keys;
}

// Whether all of `count` rows see all keys of a block.
template <class A>
FOVEA_INLINE bool all_seen(const Sight* s, size_t count, const KeyBlock& block) {
  if (!Tuning<A>::kShares || s == nullptr) return true;
  const KeyPiece& last = block.pieces[block.count - 1];
  return s->first[count - 1] <= block.pieces[0].position &&
         last.position + last.count <= s->limit[0];
}

// Cuts the panels of a part to those that some row of it sees. Whether there are any.
FOVEA_INLINE bool cut_panels(const Sight& s, const KeyPiece& piece, Part& part) {
  const size_t at = piece.position, first = s.first[part.row];
  const size_t limit = s.limit[part.row + part.rows - 1];
  const size_t begin = first > at && at >= s.kept ? (first - at) / kLanes : 0;
  const size_t end = limit > at ? divide_up(limit - at, kLanes) : 0;
  const size_t from = max_size(part.panel, begin), to = min_size(part.panel + part.panels, end);
  part.panel = from;
  part.panels = to - from;
  return from < to;
}

// Cuts a block to the keys that some of the rows `first` to `last` sees: whole panels of its first
// piece, whose keys it returns, and what comes after the last of them.
FOVEA_INLINE size_t cut_keys(const Sight& s, size_t first, size_t last, KeyBlock& block) {
  const size_t from = s.first[first], limit = s.limit[last];
  block.keys = keys_before(block, limit);
  while (block.count > 1 && block.pieces[block.count - 1].position >= limit) --block.count;
  KeyPiece& end = block.pieces[block.count - 1];
  if (limit < end.position + end.count) end.count = limit > end.position ? limit - end.position : 0;
  KeyPiece& begin = block.pieces[0];
  if (from <= begin.position || begin.position < s.kept) return 0;
  const size_t skipped = min_size(from - begin.position, begin.count) / kLanes * kLanes;
  begin.slot += skipped;
  begin.position += skipped;
  begin.count -= skipped;
  block.keys -= skipped;
  return skipped;
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_SIGHT_INL_H_
