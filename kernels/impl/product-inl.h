// The inner loop of every tile: a few rows of factors times a few groups of vectors, every sum
// accumulating over k serially with one multiply-add per term, all of them in registers.

#ifndef FOVEA_KERNELS_IMPL_PRODUCT_INL_H_
#define FOVEA_KERNELS_IMPL_PRODUCT_INL_H_

#include "kernels/impl/load-inl.h"

namespace fovea::kernels::FOVEA_ROW {
namespace {

// What is multiplied: floats and elements of a format.
template <class W>
struct ProductOf {
  const float* x;  // [rows][k], x_stride apart
  size_t x_stride;
  const W* w;  // groups, w_stride apart
  size_t w_stride;
  size_t k;
  const W* ahead;  // what to fetch meanwhile
  size_t ahead_step;
};
using Product = ProductOf<float>;

// What a tile fetches from `ahead` into the second-level cache while it computes, per k: as many
// lines as it has groups. kNext: lines side by side, moving on by ahead_step elements (fewer than
// fetched where several tiles share the work). kStream: the next lines, one after another, into the
// first level.
enum class Fetch { kNone, kNext, kStream };

// Tiles of few rows wait for memory anyway, and prefetches would take the load ports from them.
template <class A>
FOVEA_INLINE constexpr Fetch linear_fetch(size_t rows) {
  return Tuning<A>::kFetchRows != 0 && rows >= Tuning<A>::kFetchRows ? Fetch::kNext : Fetch::kNone;
}

template <class A>
FOVEA_INLINE constexpr Fetch no_fetch(size_t) {
  return Fetch::kNone;
}

// A few queries read keys and values once, in turn: each of them is fetched while the other is
// read.
template <class A>
FOVEA_INLINE constexpr Fetch score_fetch(size_t rows) {
  return Tuning<A>::kFetchRows != 0 && rows < 5 ? Fetch::kStream : linear_fetch<A>(rows);
}

// Terms of narrow elements share the line that is fetched.
template <class W>
constexpr size_t kTermsPerLine = sizeof(float) / sizeof(W);

// kTerms terms of every sum, the pointers moving on.
template <class A, size_t kTerms, Fetch kFetch, size_t kRows, size_t kGroups, size_t kVecs, class W>
FOVEA_INLINE void add_terms(const float* (&x)[kRows], const W* (&w)[kGroups], size_t w_step,
                            const W*& ahead, size_t ahead_step,
                            Vec<A> (&sums)[kRows][kGroups][kVecs]) {
  constexpr bool kByLane = kTerms > 1 && kTerms == Tuning<A>::kFactors;
  constexpr size_t kLoads = min_size(kVecs, Tuning<A>::kLoads);
  constexpr bool kHold = kRows > 1 && (kRows + 1) * kGroups * kLoads < Tuning<A>::kRegisters;
  Vec<A> factors[kRows];
  if constexpr (kByLane) {
    FOVEA_UNROLL
    for (size_t i = 0; i < kRows; ++i) factors[i] = load<A>(x[i]);
  }
  FOVEA_UNROLL
  for (size_t u = 0; u < kTerms; ++u) {
    FOVEA_UNROLL
    for (size_t first = 0; first < kVecs; first += kLoads) {
      Vec<A> terms[kGroups][kLoads];
      FOVEA_UNROLL
      for (size_t g = 0; g < kGroups; ++g) {
        load_terms<A>(w[g], terms[g]);
        FOVEA_UNROLL
        for (size_t j = 0; kHold && j < kLoads; ++j) hold(terms[g][j]);
      }
      FOVEA_UNROLL
      for (size_t i = 0; i < kRows; ++i) {
        Vec<A> factor;
        if constexpr (kByLane) {
          factor = broadcast_lane(factors[i], u);
        } else {
          factor = broadcast<A>(x[i][u]);
        }
        FOVEA_UNROLL
        for (size_t n = 0; n < kGroups * kLoads; ++n) {
          Vec<A>& sum = sums[i][n / kLoads][first + n % kLoads];
          sum = mul_add(factor, terms[n / kLoads][n % kLoads], sum);
        }
      }
    }
    FOVEA_UNROLL
    for (size_t g = 0; g < kGroups; ++g) w[g] += w_step - kVecs * kWidth<A>;
    if constexpr (kFetch == Fetch::kNext) {
      FOVEA_UNROLL
      for (size_t g = 0; g < kGroups; ++g) __builtin_prefetch(ahead + g * kLanes, 0, 2);
      ahead += ahead_step;
    } else if constexpr (kFetch == Fetch::kStream) {
      constexpr size_t kLines = divide_up(kGroups * kVecs * kWidth<A>, kLanes);
      if (u % kTermsPerLine<W> == 0) {
        FOVEA_UNROLL
        for (size_t n = 0; n < kLines; ++n) {
          __builtin_prefetch(ahead + n * kLanes * kTermsPerLine<W>, 0, 3);
        }
      }
      ahead += kLines * kLanes;
    }
  }
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) x[i] += kTerms;
}

// Adds all terms of p to the sums. The next k's vectors lie w_step further.
template <class A, Fetch kFetch, size_t kRows, size_t kGroups, size_t kVecs, class W>
FOVEA_INLINE void accumulate(const ProductOf<W>& p, size_t w_step,
                             Vec<A> (&sums)[kRows][kGroups][kVecs]) {
  const float* x[kRows];
  const W* w[kGroups];
  FOVEA_UNROLL
  for (size_t i = 0; i < kRows; ++i) x[i] = p.x + i * p.x_stride;
  FOVEA_UNROLL
  for (size_t g = 0; g < kGroups; ++g) w[g] = p.w + g * p.w_stride;
  const W* ahead = p.ahead;
  const size_t ahead_step = p.ahead_step;
  size_t k = p.k;
  constexpr size_t kTerms =
      max_size(Tuning<A>::kUnroll, kFetch == Fetch::kStream ? kTermsPerLine<W> : 1);
  if constexpr (kTerms > 1) {
    for (; k >= kTerms; k -= kTerms) {
      add_terms<A, kTerms, kFetch>(x, w, w_step, ahead, ahead_step, sums);
    }
  }
  for (; k > 0; --k) add_terms<A, 1, kFetch>(x, w, w_step, ahead, ahead_step, sums);
}

}  // namespace
}  // namespace fovea::kernels::FOVEA_ROW

#endif  // FOVEA_KERNELS_IMPL_PRODUCT_INL_H_
