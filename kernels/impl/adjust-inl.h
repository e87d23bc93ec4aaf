// What attention does to its scores before they become weights. A kernel of its own, one call for
// some query rows and keys, so that attention that only scales them has nothing of it.

#ifndef FOVEA_KERNELS_IMPL_ADJUST_INL_H_
#define FOVEA_KERNELS_IMPL_ADJUST_INL_H_

#include "kernels/impl/function-inl.h"
#include "kernels/impl/math-inl.h"
#include "kernels/impl/queries-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// The scores of one query.
struct ScoredRow {
  const Scoring* scoring;
  Visibility visibility;
  float* scores;  // [count], in whole panels
  size_t count;
  uint32_t key, query;  // positions, of the first key
  uint32_t head;
  const void* mask;  // of this row and head
};

// cap * tanh(score / cap). Scores are in units of ln 2, and so is the cap here.
template <class A>
FOVEA_INLINE void cap_scores(const ScoredRow& a) {
  const float cap = a.scoring->soft_cap * kLog2E;
  const Vec<A> scale = broadcast<A>(cap), inverse = broadcast<A>(1.0f / cap);
  map_row<A>(a.scores, a.scores, a.count,
             [&](Vec<A> s) FOVEA_LAMBDA { return tanh<A>(s * inverse) * scale; });
}

// Distances are whole numbers below 2^24, exact in any order of adding.
template <class A>
FOVEA_INLINE void add_slope(const ScoredRow& a, float first) {
  const Vec<A> slope = broadcast<A>(a.scoring->slopes[a.head] * kLog2E);
  for (size_t t = 0; t < a.count; t += kWidth<A>) {
    const Vec<A> distance = broadcast<A>(first + static_cast<float>(t)) + load<A>(kLaneIndex);
    store(a.scores + t, mul_add(slope, distance, load<A>(a.scores + t)));
  }
}

template <class A>
FOVEA_INLINE void add_one(float* scores, size_t count, float bias) {
  const Vec<A> added = broadcast<A>(bias), unit = broadcast<A>(kLog2E);
  map_row<A>(scores, scores, count, [&](Vec<A> s) FOVEA_LAMBDA { return mul_add(added, unit, s); });
}

template <class A>
FOVEA_INLINE void add_list(float* scores, size_t count, const float* biases) {
  const Vec<A> unit = broadcast<A>(kLog2E);
  zip_row<A>(scores, biases, scores, count,
             [&](Vec<A> s, Vec<A> b) FOVEA_LAMBDA { return mul_add(b, unit, s); });
}

// `first`: of the first key from the query.
template <class A>
FOVEA_INLINE void add_distances(const ScoredRow& a, int64_t first) {
  const int64_t reach = a.scoring->reach;
  const float* biases = a.scoring->distances + size_t{a.head} * (2 * size_t{a.scoring->reach} + 1);
  const auto keys_below = [&](int64_t distance) FOVEA_LAMBDA {
    return distance <= first ? 0 : min_size(static_cast<size_t>(distance - first), a.count);
  };
  const size_t near = keys_below(-reach), far = keys_below(reach + 1);
  add_one<A>(a.scores, near, biases[0]);
  if (near < far) {
    const int64_t begin = first + static_cast<int64_t>(near) + reach;
    add_list<A>(a.scores + near, far - near, biases + begin);
  }
  add_one<A>(a.scores + far, a.count - far, biases[2 * reach]);
}

// What is finite stays so, for rows of which all is hidden by a very small number.
template <class A>
FOVEA_INLINE void add_mask(const ScoredRow& a) {
  const float* mask = static_cast<const float*>(a.mask) + a.key;
  const Vec<A> unit = broadcast<A>(kLog2E), least = broadcast<A>(-0x1.fffffep+127f);
  const Vec<A> hidden = broadcast<A>(-kInfinity), nothing = broadcast<A>(0.0f);
  zip_row<A>(a.scores, mask, a.scores, a.count, [&](Vec<A> s, Vec<A> m) FOVEA_LAMBDA {
    const Vec<A> sum = select(m == nothing, s, maximum(least, mul_add(m, unit, s)));
    return select(m == hidden, hidden, sum);
  });
}

FOVEA_INLINE void hide(float* scores, size_t from, size_t to) {
  for (size_t t = from; t < to; ++t) scores[t] = -kInfinity;
}

FOVEA_INLINE const uint32_t* words_of(const ScoredRow& a) {
  return static_cast<const uint32_t*>(a.mask) + a.key;
}

// 0 in place of a word that is 0, a negative number in place of any other.
template <class A>
FOVEA_INLINE Words<A> negative_or_zero(Words<A> w) {
  return w | (broadcast_words<A>(0) - w);
}

template <class A>
FOVEA_INLINE void hide_masked(const ScoredRow& a) {
  const uint32_t* mask = words_of(a);
  const Vec<A> hidden = broadcast<A>(-kInfinity);
  size_t t = 0;
  for (; t + kWidth<A> <= a.count; t += kWidth<A>) {
    const Words<A> seen = negative_or_zero<A>(load_words<A>(mask + t));
    store(a.scores + t,
          select(zero_below(hidden, seen, 0) == hidden, hidden, load<A>(a.scores + t)));
  }
  for (; t < a.count; ++t) {
    if (mask[t] == 0) a.scores[t] = -kInfinity;
  }
}

FOVEA_INLINE void hide_far(const ScoredRow& a) {
  const size_t first = first_seen(a.visibility, a.query);
  const size_t kept = max_size(a.visibility.kept, a.key);
  if (first > kept)
    hide(a.scores, min_size(kept - a.key, a.count), min_size(first - a.key, a.count));
}

// visit(row)
template <class Visit>
FOVEA_INLINE void for_scored(const AdjustF32& a, Visit visit) {
  const Scoring& s = *a.of->scoring;
  const AttentionItem& item = *a.item;
  for_rows(a.of->shape, {&item, a.first, a.count},
           [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
             ScoredRow r = {&s,
                            a.of->visibility,
                            a.scores + i * a.score_stride,
                            a.key_count,
                            a.key,
                            static_cast<uint32_t>(item.first_position + row),
                            static_cast<uint32_t>(item.first_head + head),
                            nullptr};
             if (s.mask != Mask::kNone) {
               r.mask = static_cast<const float*>(item.mask) + row * s.mask_row_stride +
                        head * s.mask_head_stride;
             }
             visit(r);
           });
}

template <class A>
FOVEA_INLINE bool is_zero(Words<A> w) {
  Vec<A> lanes[kVectors<A>];
  FOVEA_UNROLL
  for (size_t j = 0; j < kVectors<A>; ++j) lanes[j] = broadcast<A>(0.0f);
  lanes[0] = broadcast<A>(1.0f) - zero_below(broadcast<A>(1.0f), negative_or_zero<A>(w), 0);
  return tree_sum<A>(lanes) == 0.0f;
}

// Whether all words of a mask are this one. Most masks that are not show it at a row's ends.
template <class A>
FOVEA_INLINE bool is_all(const AdjustF32& a, uint32_t word) {
  const Words<A> same = broadcast_words<A>(word);
  Words<A> other = broadcast_words<A>(0);
  const void* before = nullptr;  // rows and heads may share a mask
  bool ends = true;
  for_scored(a, [&](const ScoredRow& r) FOVEA_LAMBDA {
    if (!ends || r.mask == before) return;
    before = r.mask;
    const uint32_t* mask = words_of(r);
    ends = mask[0] == word && mask[r.count - 1] == word;
    const size_t count = r.count;
    Words<A> row = broadcast_words<A>(0);
    size_t t = 0;
    for (; t + kWidth<A> <= count; t += kWidth<A>) row = row | (load_words<A>(mask + t) ^ same);
    for (; t < count; ++t) row = row | (broadcast_words<A>(mask[t]) ^ same);
    other = other | row;
  });
  return ends && is_zero<A>(other);
}

template <class A>
FOVEA_INLINE Masking masking_of(const AdjustF32& a) {
  const Mask kind = a.of->scoring->mask;
  uint32_t word = 0;
  float number = 0.0f;
  bool found = false;
  for_scored(a, [&](const ScoredRow& r) FOVEA_LAMBDA {
    if (found) return;
    word = *words_of(r), number = static_cast<const float*>(r.mask)[a.key];
    found = true;
  });
  const bool leaves = kind == Mask::kAdded ? number == 0.0f : word != 0;
  const bool hides = kind == Mask::kAdded ? number == -kInfinity : word == 0;
  if ((!leaves && !hides) || !is_all<A>(a, word)) return Masking::kDiffers;
  return leaves ? Masking::kLeaves : Masking::kHides;
}

template <class A>
FOVEA_INLINE void adjust_row(const ScoredRow& r, Masking masking) {
  const Scoring& s = *r.scoring;
  const int64_t first = int64_t{r.key} - int64_t{r.query};
  if (s.soft_cap > 0.0f) cap_scores<A>(r);
  if (s.slopes != nullptr) add_slope<A>(r, static_cast<float>(first));
  if (s.distances != nullptr) add_distances<A>(r, first);
  if (masking == Masking::kHides) hide(r.scores, 0, r.count);
  if (masking == Masking::kDiffers) s.mask == Mask::kAdded ? add_mask<A>(r) : hide_masked<A>(r);
  hide_far(r);
}

template <class A>
void adjust_f32(const AdjustF32& a) {
  if (a.scores == nullptr) {
    *a.masking = masking_of<A>(a);
    return;
  }
  const Masking masking = *a.masking;
  const bool windows = a.of->visibility.before != Visibility::kAll;
  if (masking == Masking::kLeaves && !windows && !a.of->scoring->moves()) return;
  for_scored(a, [&](const ScoredRow& r) FOVEA_LAMBDA { adjust_row<A>(r, masking); });
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_ADJUST_INL_H_
