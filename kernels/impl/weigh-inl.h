// Scores of a few rows to exponentials, all in vectors.

#ifndef FOVEA_KERNELS_IMPL_WEIGH_INL_H_
#define FOVEA_KERNELS_IMPL_WEIGH_INL_H_

#include "kernels/impl/math-inl.h"
#include "kernels/impl/queries-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// The first `count` of 16 lanes, of which v is the j-th vector; the others are `otherwise`.
template <class A>
FOVEA_INLINE Vec<A> first_or(Vec<A> v, size_t j, Vec<A> count, Vec<A> otherwise) {
  return select(load<A>(kLaneIndex + j * kWidth<A>) < count, v, otherwise);
}

// One number of each of kRows rows.
template <class A, size_t kRows>
FOVEA_INLINE void rows_max(const Vec<A> (&lanes)[kRows], float* max) {
  if constexpr (kRows == 4) {
    lane_max_four<A>(lanes, max);
  } else {
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) max[i] = lane_max<A>(lanes[i]);
  }
}

template <class A, size_t kRows>
FOVEA_INLINE void rows_sum(const Vec<A> (&lanes)[kRows][kVectors<A>], float* sum) {
  if constexpr (kRows == 4) {
    tree_sum_four<A>(lanes, sum);
  } else {
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) sum[i] = tree_sum<A>(lanes[i]);
  }
}

// Scores that become exponentials: of a few rows, each in whole panels.
struct Scores {
  float* first;  // of the first row; the rows lie `stride` apart
  size_t stride;
  const size_t* seen;  // keys that each row sees
  size_t keys;         // the exponentials of those from there to here are 0
};

// How many rows are weighed side by side.
template <size_t n>
struct Together {
  static constexpr size_t kRows = n;
};

// visit(scores, first row, Together<n>()) for all of these rows, some at a time.
template <class Visit>
FOVEA_INLINE void for_together(Scores s, size_t count, Visit visit) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4, s.first += 4 * s.stride, s.seen += 4) visit(s, i, Together<4>());
  for (; i < count; ++i, s.first += s.stride, ++s.seen) visit(s, i, Together<1>());
}

// Keys in panels of which all of these rows see all, and in those of which some row sees some.
template <size_t kRows>
FOVEA_INLINE KeyRange shared_panels(const Scores& s) {
  size_t least = s.seen[0], most = s.seen[0];
  for (size_t i = 1; i < kRows; ++i) {
    least = min_size(least, s.seen[i]);
    most = max_size(most, s.seen[i]);
  }
  return {least / kLanes * kLanes, round_up(most, kLanes)};
}

// How many keys of the panel at t, and beyond it, row i sees.
template <class A>
FOVEA_INLINE Vec<A> keys_from(const Scores& s, size_t i, size_t t) {
  return broadcast<A>(static_cast<float>(s.seen[i]) - static_cast<float>(t));
}

// The largest score of every row.
template <class A, size_t kRows>
void largest_scores(const Scores& s, float* max) {
  const KeyRange panels = shared_panels<kRows>(s);
  const Vec<A> least = broadcast<A>(-kInfinity);
  Vec<A> best[kRows][kVectors<A>];
  FOVEA_UNROLL
  for (size_t n = 0; n < kRows * kVectors<A>; ++n) best[n / kVectors<A>][n % kVectors<A>] = least;
  size_t t = 0;
  for (; t < panels.begin; t += kLanes) {
    FOVEA_UNROLL
    for (size_t n = 0; n < kRows * kVectors<A>; ++n) {
      const size_t i = n / kVectors<A>, j = n % kVectors<A>;
      best[i][j] = maximum(load<A>(s.first + i * s.stride + t + j * kWidth<A>), best[i][j]);
    }
  }
  for (; t < panels.end; t += kLanes) {
    FOVEA_UNROLL
    for (size_t n = 0; n < kRows * kVectors<A>; ++n) {
      const size_t i = n / kVectors<A>, j = n % kVectors<A>;
      const Vec<A> scores = load<A>(s.first + i * s.stride + t + j * kWidth<A>);
      best[i][j] = maximum(first_or<A>(scores, j, keys_from<A>(s, i, t), least), best[i][j]);
    }
  }
  Vec<A> lanes[kRows];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    FOVEA_UNROLL
    for (size_t n = kVectors<A> / 2; n > 0; n /= 2) {
      FOVEA_UNROLL
      for (size_t j = 0; j < n; ++j) best[i][j] = maximum(best[i][j], best[i][j + n]);
    }
    lanes[i] = best[i][0];
  }
  rows_max<A>(lanes, max);
}

// A logarithm that is multiplied by what it is one of: p * log2(p) is 0 where p is.
template <class A>
FOVEA_INLINE Vec<A> finite_log(Vec<A> log) {
  return maximum(log, broadcast<A>(-126.0f));
}

// One vector of each row to exponentials p, which go into its sum, and p * log2(p) into its spread
// where kTells; kSome: only some keys are seen.
template <class A, bool kSome, bool kTells, size_t kRows>
FOVEA_INLINE void weigh_vectors(Scores s, size_t t, size_t j, const Vec<A> (&shift)[kRows],
                                Vec<A> (&sum)[kRows][kVectors<A>],
                                Vec<A> (&spread)[kRows][kVectors<A>]) {
  float* const at = s.first + t + j * kWidth<A>;
  Vec<A> p[kRows];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) p[i] = load<A>(at + i * s.stride) - shift[i];
  Vec<A> log[kRows];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) log[i] = p[i];
  exp2_negative_of<A>(p);
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    if constexpr (kSome) {
      const Vec<A> keys = keys_from<A>(s, i, t), zero = broadcast<A>(0.0f);
      p[i] = first_or<A>(p[i], j, keys, zero);
      if constexpr (kTells) log[i] = first_or<A>(log[i], j, keys, zero);
    }
    store(at + i * s.stride, p[i]);
    sum[i][j] = sum[i][j] + p[i];
    if constexpr (kTells) spread[i][j] = mul_add(p[i], finite_log<A>(log[i]), spread[i][j]);
  }
}

// Scores to exponentials, and the sum of every row's, and of p * log2(p) where kTells. Rows side by
// side share the trees of their sums, and hide their latency.
template <class A, size_t kRows, bool kTells = false>
void weigh(const Scores& scores, const float* max, float* sums, float* spreads = nullptr) {
  const Scores s = scores;  // which compilers would read again after each store
  const KeyRange panels = shared_panels<kRows>(s);
  const Vec<A> zero = broadcast<A>(0.0f);
  Vec<A> shift[kRows], sum[kRows][kVectors<A>], spread[kRows][kVectors<A>];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) {
    shift[i] = broadcast<A>(max[i] == -kInfinity ? 0.0f : max[i]);
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) sum[i][j] = spread[i][j] = zero;
  }
  size_t t = 0;
  for (; t < panels.begin; t += kLanes) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      weigh_vectors<A, false, kTells>(s, t, j, shift, sum, spread);
    }
  }
  for (; t < panels.end; t += kLanes) {
    FOVEA_UNROLL
    for (size_t j = 0; j < kVectors<A>; ++j) {
      weigh_vectors<A, true, kTells>(s, t, j, shift, sum, spread);
    }
  }
  for (; t < s.keys; t += kLanes) {
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) {
      FOVEA_UNROLL
      for (size_t j = 0; j < kVectors<A>; ++j) {
        store(s.first + i * s.stride + t + j * kWidth<A>, zero);
      }
    }
  }
  rows_sum<A>(sum, sums);
  if constexpr (kTells) rows_sum<A>(spread, spreads);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_WEIGH_INL_H_
