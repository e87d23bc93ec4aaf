// The scores of attention, as a report tells them. A kernel of its own, one call for some query
// rows and some keys, so that reports without scores have nothing of it.

#ifndef FOVEA_KERNELS_IMPL_SCORES_INL_H_
#define FOVEA_KERNELS_IMPL_SCORES_INL_H_

#include "kernels/impl/adjust-inl.h"
#include "kernels/impl/average-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

constexpr float kLn2 = 0x1.62e430p-1f;

// Scores of one query row; keys that its position does not show it are -inf.
template <class A>
FOVEA_INLINE void tell_row(const ScoresF32& s, size_t i, const float* scores, float* y) {
  const Visibility& v = s.of->visibility;
  const size_t position = position_of(*s.of, *s.item, s.first + i), key = s.key;
  const size_t end = key + s.key_count, limit = key_limit(*s.of, *s.item, s.first + i);
  const Vec<A> unit = broadcast<A>(kLn2);
  map_row<A>(scores, y, s.key_count, [&](Vec<A> x) FOVEA_LAMBDA { return x * unit; });
  const size_t first = first_seen(v, position), kept = max_size(v.kept, key);
  for (size_t t = kept; t < min_size(first, end); ++t) y[t - key] = -kInfinity;
  for (size_t t = max_size(limit, key); t < end; ++t) y[t - key] = -kInfinity;
}

// The same of scores that are capped on the way.
template <class A>
FOVEA_INLINE void tell_capped(const ScoresF32& s, size_t i, const float* scores, float* y) {
  alignas(64) float capped[kKeyBlock];
  const size_t whole = round_up(s.key_count, kWidth<A>);
  map_row<A>(scores, capped, whole, [](Vec<A> x) FOVEA_LAMBDA { return x; });
  ScoredRow args = {};
  args.scoring = s.of->scoring;
  args.scores = capped;
  args.count = s.key_count;
  cap_scores<A>(args);
  tell_row<A>(s, i, capped, y);
}

template <class A>
void scores_f32(const ScoresF32& s) {
  const Report& to = *s.of->report;
  const bool caps = s.of->scoring != nullptr && s.of->scoring->soft_cap > 0.0f;
  for_told(*s.of, {s.item, s.first, s.count}, [&](size_t i, size_t row, size_t head) FOVEA_LAMBDA {
    const float* scores = s.scores + i * s.score_stride;
    const auto place = [&](float* planes)
                           FOVEA_LAMBDA { return plane_row(to, planes, row, head) + s.key; };
    if (s.complete) {
      if (to.scores != nullptr) tell_row<A>(s, i, scores, place(to.scores));
      return;
    }
    if (to.scaled != nullptr) tell_row<A>(s, i, scores, place(to.scaled));
    if (to.capped == nullptr) return;
    caps ? tell_capped<A>(s, i, scores, place(to.capped))
         : tell_row<A>(s, i, scores, place(to.capped));
  });
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_SCORES_INL_H_
