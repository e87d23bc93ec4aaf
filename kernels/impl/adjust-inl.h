// What attention does to its scores before they become weights. A kernel of its own, one call for a
// query and some keys, so that attention that only scales them has nothing of it.

#ifndef FOVEA_KERNELS_IMPL_ADJUST_INL_H_
#define FOVEA_KERNELS_IMPL_ADJUST_INL_H_

#include "kernels/impl/function-inl.h"
#include "kernels/impl/math-inl.h"
#include "kernels/impl/queries-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// cap * tanh(score / cap). Scores are in units of ln 2, and so is the cap here.
template <class A>
FOVEA_INLINE void cap_scores(const AdjustF32& a) {
  const float cap = a.scoring->soft_cap * kLog2E;
  const Vec<A> scale = broadcast<A>(cap), inverse = broadcast<A>(1.0f / cap);
  map_row<A>(a.scores, a.scores, a.count,
             [&](Vec<A> s) FOVEA_LAMBDA { return tanh<A>(s * inverse) * scale; });
}

// Distances are whole numbers below 2^24, exact in any order of adding.
template <class A>
FOVEA_INLINE void add_slope(const AdjustF32& a, float first) {
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
FOVEA_INLINE void add_distances(const AdjustF32& a, int64_t first) {
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
FOVEA_INLINE void add_mask(const AdjustF32& a) {
  const float* mask = static_cast<const float*>(a.mask) + a.key;
  const Vec<A> unit = broadcast<A>(kLog2E), least = broadcast<A>(-0x1.fffffep+127f);
  const Vec<A> hidden = broadcast<A>(-kInfinity);
  zip_row<A>(a.scores, mask, a.scores, a.count, [&](Vec<A> s, Vec<A> m) FOVEA_LAMBDA {
    return select(m == hidden, hidden, maximum(least, mul_add(m, unit, s)));
  });
}

FOVEA_INLINE void hide(float* scores, size_t from, size_t to) {
  for (size_t t = from; t < to; ++t) scores[t] = -kInfinity;
}

FOVEA_INLINE void hide_masked(const AdjustF32& a) {
  const int32_t* mask = static_cast<const int32_t*>(a.mask) + a.key;
  for (size_t t = 0; t < a.count; ++t) {
    if (mask[t] == 0) a.scores[t] = -kInfinity;
  }
}

FOVEA_INLINE void hide_far(const AdjustF32& a) {
  const size_t first = first_seen(a.visibility, a.query);
  const size_t kept = max_size(a.visibility.kept, a.key);
  if (first > kept)
    hide(a.scores, min_size(kept - a.key, a.count), min_size(first - a.key, a.count));
}

template <class A>
void adjust_f32(const AdjustF32& a) {
  const Scoring& s = *a.scoring;
  const int64_t first = int64_t{a.key} - int64_t{a.query};
  if (s.soft_cap > 0.0f) cap_scores<A>(a);
  if (s.slopes != nullptr) add_slope<A>(a, static_cast<float>(first));
  if (s.distances != nullptr) add_distances<A>(a, first);
  if (s.mask == Mask::kAdded) add_mask<A>(a);
  if (s.mask == Mask::kHidden) hide_masked(a);
  hide_far(a);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_ADJUST_INL_H_
